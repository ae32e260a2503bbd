/** Comparison of results that are right within a bound instead of bit by bit, in the place of a digest. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** File of f64 numbers in which the first peer that does an operation leaves its result. */
export const referenceFile = (data: string, operation: string) =>
  join(data, `${operation.replaceAll(/[^a-z0-9]+/gi, '-')}.reference.f64`)

/** What the first peer found; undefined where nobody left anything. */
export function readReference(data: string, operation: string): Float64Array | undefined {
  const path = referenceFile(data, operation)
  return existsSync(path) ? new Float64Array(Uint8Array.from(readFileSync(path)).buffer) : undefined
}
