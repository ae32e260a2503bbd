// Compiles assembly/probe.ts with the flags of the kernels and instantiates it.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = fileURLToPath(new URL('..', import.meta.url))
const flags = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--converge']

async function compile(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(['assembly/probe.ts', '--baseDir', folder, '-o', 'probe.wasm', ...flags], {
    writeFile(_name: string, contents: Uint8Array | string) {
      if (typeof contents !== 'string') binary = contents
    },
  })
  if (error || !binary) throw new Error(`assembly/probe.ts: ${error?.message}\n${stderr}`)
  return binary
}

const { instance } = await WebAssembly.instantiate(new Uint8Array(await compile()), { env: { abort: () => undefined } })
const memory = instance.exports.memory as WebAssembly.Memory
const heap = ((instance.exports.__heap_base as WebAssembly.Global).value + 63) & ~63

/** Exported functions of the probe. */
export const probe = instance.exports as unknown as Record<string, (...args: number[]) => number>

/** Free memory for arrays, grown on demand. A later call lets go of what an earlier one gave. */
export function arrays(...lengths: number[]): number[] {
  let end = heap
  const places = lengths.map((bytes) => {
    const at = end
    end = (end + bytes + 63) & ~63
    return at
  })
  const missing = end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65536))
  return places
}

export const f32 = (at: number, n: number) => new Float32Array(memory.buffer, at, n)
export const f64 = (at: number, n: number) => new Float64Array(memory.buffer, at, n)
export const u32 = (at: number, n: number) => new Uint32Array(memory.buffer, at, n)
export const u64 = (at: number, n: number) => new BigUint64Array(memory.buffer, at, n)

/** A file of spec/common. */
export const spec = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../spec/common/${name}`, import.meta.url), 'utf8'))
