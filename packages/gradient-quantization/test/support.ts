/** Small things that many tests need. */
import { createHash } from 'node:crypto'

export { bitsOf, expectError, expectRejection } from '@ukernels/test-kit/expect'

/** f32 from bit patterns: a view, because JavaScript may canonicalize NaN. */
export const floats = (...bits: number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer)

/** Bytes of any view, as hexadecimal digits. */
export const hex = (view: ArrayBufferView): string =>
  Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex')

/** SHA-256 of the bytes of a view: hexadecimal, the first `digits` of it. */
export const sha256 = (view: ArrayBufferView, digits = 64): string =>
  createHash('sha256')
    .update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    .digest('hex')
    .slice(0, digits)
