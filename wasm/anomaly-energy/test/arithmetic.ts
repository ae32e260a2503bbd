// The table's words for sums and comparisons, one rounding per operation.
export const f32 = Math.fround

const fold = (a: number[], round: (v: number) => number): number => {
  for (let half = a.length / 2; half >= 1; half /= 2) for (let j = 0; j < half; j++) a[j] = round(a[j] + a[j + half])
  return a[0]
}

/** Sum of n f32 terms in sixteen accumulators. */
export function sum16(n: number, term: (i: number) => number): number {
  const a = new Array<number>(16).fill(0)
  for (let i = 0; i < n; i++) a[i % 16] = f32(a[i % 16] + term(i))
  return fold(a, f32)
}

/** Sum of n f64 terms in eight accumulators. */
export function sum8(n: number, term: (i: number) => number): number {
  const a = new Array<number>(8).fill(0)
  for (let i = 0; i < n; i++) a[i % 8] += term(i)
  return fold(a, (v) => v)
}

export const min2 = (a: number, b: number) => (b < a ? b : a)
export const max2 = (a: number, b: number) => (a < b ? b : a)
export const clamp = (v: number, lo: number, hi: number) => min2(max2(v, lo), hi)
