/** A built kernel's binaries, for what runs outside of its package. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Binaries } from './backends.js'

/** @param folder - the package's, as a URL that ends in a slash */
export function binariesIn(folder: URL, kernel: string): Binaries {
  return {
    loadAddon: createRequire(folder)(fileURLToPath(new URL('native.cjs', folder))),
    wasm: new Uint8Array(readFileSync(new URL(`dist/${kernel}.wasm`, folder))),
  }
}
