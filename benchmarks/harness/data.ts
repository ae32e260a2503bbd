/** The data of the benchmarks: generator G, and uniform numbers. */
export { digest, loadGradients } from './platform.js'

export const sizes = { '1 Ki': 1024, '256 Ki': 2 ** 18, '1 Mi': 2 ** 20, '16 Mi': 2 ** 24 } as const

/** Spelling of a number of elements. */
export const sizeName = (n: number): string =>
  Object.entries(sizes).find(([, size]) => size === n)?.[0] ?? n.toLocaleString('en')

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
