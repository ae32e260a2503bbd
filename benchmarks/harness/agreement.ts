/** Comparison of results that are right within a bound instead of bit by bit, in the place of a digest. */
import { relativeError } from '@ukernels/test-kit/closeness'

type Numbers = ArrayLike<number | bigint>

export const AGREES = 'agrees'

/** `AGREES`, or how far apart the numbers are. */
export function agreement(expected: Numbers, found: Numbers, bound: number): string {
  const error = relativeError(found, expected)
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
