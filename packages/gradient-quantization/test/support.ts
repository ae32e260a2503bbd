/** Small things that many tests need. */
import { expect } from 'vitest'

export { hex, sharedBuffer } from '@ukernels/test-kit/bytes'
export { sha256 } from '@ukernels/test-kit/digest'

/** f32 from bit patterns: a view, because JavaScript may canonicalize NaN. */
export const floats = (...bits: number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer)

/** Bit patterns of an f32 array. */
export const bitsOf = (x: Float32Array): number[] => [...new Uint32Array(x.buffer, x.byteOffset, x.length)]

/** Expects an error of a class with a code, whose message contains every given text. */
export function expectError(
  run: () => unknown,
  type: new (...args: never[]) => Error,
  code: string,
  ...texts: (string | number)[]
): void {
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
  type: new (...args: never[]) => Error,
  code: string,
  ...texts: (string | number)[]
): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  )
  checkError(error, type, code, texts)
}

function checkError(
  error: unknown,
  type: new (...args: never[]) => Error,
  code: string,
  texts: (string | number)[],
): void {
  expect(error).toBeInstanceOf(type)
  expect(error).toHaveProperty('code', `ERR_UKERNELS_${code}`)
  for (const text of texts) expect((error as Error).message).toContain(String(text))
}
