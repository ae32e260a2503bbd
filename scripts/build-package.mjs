// Puts a kernel's built backends into its package: native/<kernel>/dist → prebuilds/, wasm/<kernel>/dist → dist/.
//
//   node scripts/build-package.mjs <kernel>
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { at, kernelArgument } from './lib/paths.mjs'

const kernel = kernelArgument(process.argv[2], 'node scripts/build-package.mjs <kernel>')

function copyInto(folder, from, ending = '') {
  mkdirSync(folder, { recursive: true })
  for (const file of existsSync(from) ? readdirSync(from).filter((name) => name.endsWith(ending)) : []) {
    const to = join(folder, file)
    // A new file, never written over: a process that has the old one mapped keeps it.
    rmSync(to, { force: true })
    copyFileSync(join(from, file), to)
  }
}

const prebuilds = at('packages', kernel, 'prebuilds')
rmSync(prebuilds, { recursive: true, force: true })
copyInto(prebuilds, at('native', kernel, 'dist'), '.node')
copyInto(at('packages', kernel, 'dist'), at('wasm', kernel, 'dist'))
