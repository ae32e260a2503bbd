/**
 * What the encoders return and the decoders take: plain objects, so that they survive `structuredClone`,
 * `postMessage` and destructuring. `kind` tells them apart; `toBytes` and `fromBytes` put them on the wire.
 */
import type { Format } from './formats.js'

/**
 * How codes lie in `data`.
 *
 * - `'bits'`: code i occupies the stream bits [N·i, N·i + N); stream bit b is bit b & 7 of byte b >>> 3; the last
 *   byte is filled with zeros. FP4 is low nibble first, FP6 puts four codes in three bytes.
 * - `'bytes'`: one code in the low N bits of each byte.
 */
export type Packing = 'bits' | 'bytes'

/** How the shared power-of-two scale of an MX block follows from the largest magnitude of the block. */
export type ScaleMode = 'rceil' | 'floor' | 'ceil' | 'even'

/** The OCP microscaling formats: 32 elements share one E8M0 scale. */
export type MxFormatName = 'mxfp8e4m3' | 'mxfp8e5m2' | 'mxfp6e3m2' | 'mxfp6e2m3' | 'mxfp4'

/** Every block format: the MX ones, and NVFP4 (16 elements share one E4M3FN scale). */
export type BlockFormatName = MxFormatName | 'nvfp4'

/** A flat tensor with one code per element. */
export interface Packed {
  readonly kind: 'element'
  readonly format: Format
  /** Number of elements. */
  readonly n: number
  /** What x was multiplied by before the cast: an f32 value, finite and > 0. Decoding multiplies by f32(1 / scale). */
  readonly scale: number
  readonly packing: Packing
  /** ⌈n·bits / 8⌉ bytes (`'bits'`) or n bytes (`'bytes'`). */
  readonly data: Uint8Array
  /** With `count`: elements that lay beyond the largest finite value of the format. */
  readonly overflowed?: number
  /** With `count`: non-zero elements that became zero. */
  readonly underflowed?: number
}

/** Rows of MX blocks: value = 2^(scale code − 127) · element. */
export interface MxPacked {
  readonly kind: 'mx'
  readonly format: MxFormatName
  /** Number of elements, without padding. */
  readonly n: number
  /** Elements per row; n is a multiple of it. Blocks never cross rows; every row is zero-padded to whole blocks. */
  readonly rowLength: number
  readonly scaleMode: ScaleMode
  /** Element codes in stream order ('bits'), padding included: 4·bits bytes per block. */
  readonly data: Uint8Array
  /** One E8M0 code per block; FF makes the block NaN. */
  readonly scales: Uint8Array
}

/** Rows of NVFP4 blocks: value = tensorScale · E4M3FN block scale · E2M1 element. */
export interface Nvfp4Packed {
  readonly kind: 'nvfp4'
  readonly format: 'nvfp4'
  /** Number of elements, without padding. */
  readonly n: number
  /** Elements per row; n is a multiple of it. Blocks never cross rows; every row is zero-padded to whole blocks. */
  readonly rowLength: number
  /** Two elements per byte, low nibble first, padding included: 8 bytes per block. */
  readonly data: Uint8Array
  /** One E4M3FN code per block; 7F makes the block NaN. */
  readonly scales: Uint8Array
  /** The f32 scale of the whole tensor, finite and > 0. */
  readonly tensorScale: number
}

/** What `encodeBlocks` returns. */
export type BlockPacked = MxPacked | Nvfp4Packed

/** Logarithmic unbiased codes: value = sign · alpha · 2^(magnitude − 1), magnitude 0 is zero. */
export interface LuqPacked {
  readonly kind: 'luq'
  /** Number of elements. */
  readonly n: number
  /** The smallest non-zero magnitude, an f32 value ≥ 0; 0 only when every code is 0. */
  readonly alpha: number
  /** Largest magnitude code. 7: four bits, sign at bit 3. 8 (the authors' released code): sign at bit 4. */
  readonly levels: 7 | 8
  /** Number of independent planes; decoding averages them. */
  readonly samples: number
  /** `'bits'` for `levels: 7` (two codes per byte), `'bytes'` for `levels: 8`. */
  readonly packing: Packing
  /** The planes one after the other, each padded to whole bytes. */
  readonly data: Uint8Array
  /** With a given `alpha`: elements beyond the top level, clamped to it (all planes together). */
  readonly clamped?: number
}

/** A stochastically pruned tensor: two bits per element and the survivors. */
export interface PrunePacked {
  readonly kind: 'prune'
  /** Number of elements. */
  readonly n: number
  /** Pruning threshold, an f32 value ≥ 0. */
  readonly alpha: number
  /** ⌈n / 4⌉ bytes; two bits per element in stream order: 0 zero, 1 +alpha, 2 −alpha, 3 survivor. */
  readonly classes: Uint8Array
  /** The survivors (|x| > alpha) in order. */
  readonly values: Float32Array
  /** Elements that became (or were) zero. Not on the wire. */
  readonly zeros?: number
  /** Elements that became ±alpha. Not on the wire. */
  readonly clipped?: number
}

/** Everything that `decode` and `toBytes` take. */
export type AnyPacked = Packed | BlockPacked | LuqPacked | PrunePacked
