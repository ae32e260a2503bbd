/** Small things that many tests need. */
export { bitsOf, expectError, expectRejection } from '@ukernels/test-kit'
export { hex, sharedBuffer } from '@ukernels/test-kit/bytes'
export { sha256 } from '@ukernels/test-kit/digest'

/** f32 from bit patterns: a view, because JavaScript may canonicalize NaN. */
export const floats = (...bits: number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer)
