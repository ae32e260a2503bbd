/** The data of the benchmarks: generator G, kept in files of raw f32 that every process of a run shares; uniform numbers. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gradients } from '@ukernels/test-kit/generator'

export const sizes = { '1 Ki': 1024, '256 Ki': 2 ** 18, '1 Mi': 2 ** 20, '16 Mi': 2 ** 24 } as const

/** Spelling of a number of elements. */
export const sizeName = (n: number): string =>
  Object.entries(sizes).find(([, size]) => size === n)?.[0] ?? n.toLocaleString('en')

/** The first n elements of G(2^24, seed 1), made once. */
export function loadGradients(folder: string, n: number): Float32Array {
  const path = join(folder, `gradients-${n}.f32`)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    const made = `${path}.${process.pid}`
    writeFileSync(made, new Uint8Array(gradients(n, 1).buffer))
    renameSync(made, path)
  }
  return new Float32Array(Uint8Array.from(readFileSync(path)).buffer)
}

/** First 16 hexadecimal digits of the SHA-256 of some views, one after the other. */
export function digest(...views: ArrayBufferView[]): string {
  const hash = createHash('sha256')
  for (const view of views) hash.update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  return hash.digest('hex').slice(0, 16)
}

/** n uniform numbers in [0, 1), multiples of 2^-24: Marsaglia's xorshift32, fast enough for tens of millions. */
export function uniform(n: number, seed: number): Float32Array {
  const out = new Float32Array(n)
  let s = Math.imul(seed, 0x9e3779b1) || 1
  for (let i = 0; i < n; i++) {
    s ^= s << 13
    s ^= s >>> 17
    s ^= s << 5
    out[i] = (s >>> 8) * 2 ** -24
  }
  return out
}
