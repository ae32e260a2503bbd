/** Comparison of results that are right within a bound instead of bit by bit, in the place of a digest. */
type Numbers = ArrayLike<number | bigint>

/** Largest |expected − found| over the largest |expected|. */
function relativeError(expected: Numbers, found: Numbers): number {
  if (expected.length !== found.length) return Number.POSITIVE_INFINITY
  let [worst, scale] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(expected[i]), Number(found[i])]
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    const error = Math.abs(a - b)
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY
    worst = Math.max(worst, error)
  }
  if (worst === 0) return 0
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(Number(expected[i])))
  return worst / scale
}

export const AGREES = 'agrees'

/** `AGREES`, or how far apart the numbers are. */
export function agreement(expected: Numbers, found: Numbers, bound: number): string {
  const error = relativeError(expected, found)
  return error <= bound ? AGREES : `a relative difference of ${error} (allowed: ${bound})`
}

/** Compares with the arrays of the first call. */
export function createAgreement() {
  let reference: Numbers[] | undefined
  return (arrays: readonly ArrayBufferView[], bound: number): string => {
    const numbers = arrays as unknown as (Numbers & { slice(): Numbers })[]
    reference ??= numbers.map((array) => array.slice())
    const verdicts = reference.map((expected, i) => agreement(expected, numbers[i], bound))
    return verdicts.find((verdict) => verdict !== AGREES) ?? AGREES
  }
}
