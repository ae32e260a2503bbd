/** Expectations that many tests share. */
import { expect } from 'vitest'

type ErrorClass = new (...args: never[]) => Error

/** Expects an error of a class with a code, whose message contains every given text. */
export function expectError(run: () => unknown, type: ErrorClass, code: string, ...texts: (string | number)[]): void {
  let error: unknown
  try {
    run()
  } catch (e) {
    error = e
  }
  checkError(error, type, code, texts)
}

/** The same for a promise. */
export async function expectRejection(
  promise: Promise<unknown>,
  type: ErrorClass,
  code: string,
  ...texts: (string | number)[]
): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  )
  checkError(error, type, code, texts)
}

function checkError(error: unknown, type: ErrorClass, code: string, texts: (string | number)[]): void {
  expect(error).toBeInstanceOf(type)
  expect(error).toHaveProperty('code', `ERR_UKERNELS_${code}`)
  for (const text of texts) expect((error as Error).message).toContain(String(text))
}

/** Bit patterns of an f32 array. */
export const bitsOf = (x: Float32Array): number[] => [...new Uint32Array(x.buffer, x.byteOffset, x.length)]

/** Every number within a relative bound, of the largest expected magnitude. */
export function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, relative: number): void {
  expect(found.length).toBe(expected.length)
  let scale = 1e-300
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]))
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(found[i] - expected[i]) / scale
    if (!(error <= relative)) expect.fail(`element ${i}: ${found[i]} instead of ${expected[i]}, off by ${error}`)
  }
}
