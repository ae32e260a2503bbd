/** How far apart results are that need not have the same bits. */

type Numbers = ArrayLike<number | bigint>

/** Largest |found − expected| over the largest |expected| of those that differ; NaN in the same places counts as none. */
export function relativeError(found: Numbers, expected: Numbers): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  let [worst, scale] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(found[i]), Number(expected[i])]
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.POSITIVE_INFINITY
    if (Number.isNaN(a) || a === b) continue
    worst = Math.max(worst, Math.abs(a - b))
    scale = Math.max(scale, Math.abs(b))
  }
  return worst === 0 ? 0 : worst / scale
}
