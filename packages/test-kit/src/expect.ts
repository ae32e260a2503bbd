/** Expectations that the tests of every kernel need. */
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
