/** Comparison of results that are right within a bound instead of bit by bit, in the place of a digest. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

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

/** File of f64 numbers in which the first peer that does an operation leaves its result. */
export const referenceFile = (data: string, operation: string) =>
  join(data, `${operation.replaceAll(/[^a-z0-9]+/gi, '-')}.reference.f64`)

/** What the first peer found; undefined where nobody left anything. */
export function readReference(data: string, operation: string): Float64Array | undefined {
  const path = referenceFile(data, operation)
  return existsSync(path) ? new Float64Array(Uint8Array.from(readFileSync(path)).buffer) : undefined
}
