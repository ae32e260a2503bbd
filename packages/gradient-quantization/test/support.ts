/** Small things that many tests need. */
import { createHash } from 'node:crypto'
import { expect } from 'vitest'

/** f32 from bit patterns: a view, because JavaScript may canonicalize NaN. */
export const floats = (...bits: number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer)

/** Bit patterns of an f32 array. */
export const bitsOf = (x: Float32Array): number[] => [...new Uint32Array(x.buffer, x.byteOffset, x.length)]

/** Bytes of any view, as hexadecimal digits. */
export const hex = (view: ArrayBufferView): string =>
  Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex')

/** SHA-256 of the bytes of a view: hexadecimal, the first `digits` of it. */
export const sha256 = (view: ArrayBufferView, digits = 64): string =>
  createHash('sha256')
    .update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    .digest('hex')
    .slice(0, digits)

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
