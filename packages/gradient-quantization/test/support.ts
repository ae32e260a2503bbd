/** Small things that many tests need. */
export { bitsOf, expectError, expectRejection, sha256 } from '@ukernels/test-kit'

/** f32 from bit patterns: a view, because JavaScript may canonicalize NaN. */
export const floats = (...bits: number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer)

/** Bytes of any view, as hexadecimal digits. */
export const hex = (view: ArrayBufferView): string =>
  Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex')
