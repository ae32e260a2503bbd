/**
 * The narrow floating-point formats: ready-made, from the paper's family, from OCP's family, or from their parts.
 */
import { checkOptions, found, integer, noOptions, rangeError, typeError } from '@ukernels/runtime'
import {
  decodeTableOf,
  defaultBias,
  type Format,
  type FormatShape,
  intern,
  NarrowFormat,
  nameOf,
  reservedCodes,
  type Special,
  specials,
} from './narrow-format.js'

export type { Format, Special } from './narrow-format.js'

/** What `defineFormat` takes. */
export interface FormatDefinition {
  /** 1 to 7. */
  expBits: number
  /** 0 to 6; 1 + expBits + manBits is at most 8. */
  manBits: number
  /** Default 2^(expBits − 1) − 1; for `'fnuz'` 2^(expBits − 1). */
  bias?: number
  special: Exclude<Special, 'e8m0'>
  /** Only for `'ieee'`. */
  compat?: 'reference' | undefined
}

/**
 * A format of 2 to 8 bits from its parts. Exact; the same parts give the same object.
 *
 * The bias must keep the smallest subnormal at 2^-149 or more and the largest value within f32, and at least one
 * finite non-zero value must exist.
 *
 * @throws RangeError `ERR_UKERNELS_RANGE` for parts out of range; TypeError `ERR_UKERNELS_TYPE` for wrong types.
 */
export function defineFormat(definition: FormatDefinition): Format {
  checkOptions(definition, 'definition')
  const { expBits, manBits, special, compat } = definition
  if (!specials.includes(special) || (special as Special) === 'e8m0') {
    throw typeError(`special must be 'ieee', 'fn', 'fnuz' or 'finite', got ${found(special)}`)
  }
  if (compat !== undefined && (compat !== 'reference' || special !== 'ieee')) {
    throw typeError(`compat must be 'reference', with special 'ieee', got ${found(compat)} with ${special}`)
  }
  integer('expBits', expBits, 1, 7)
  integer('manBits', manBits, 0, 6)
  if (1 + expBits + manBits > 8) {
    throw rangeError(`1 + expBits + manBits must be at most 8, got ${1 + expBits + manBits}`)
  }
  const bias = definition.bias ?? defaultBias(expBits, special)
  integer('bias', bias, -126, 150 - manBits)
  // Eight bits are where the released cast recognizes Inf and NaN: nothing to imitate.
  const shape: FormatShape = { expBits, manBits, bias, special, compat: expBits + manBits < 7 ? compat : undefined }
  const { maxCode } = reservedCodes(shape)
  if (maxCode === 0) throw rangeError(`${nameOf(shape)} has no finite value other than 0`)
  const topExponent = Math.max(1, maxCode >>> manBits) - bias
  if (topExponent > 127) {
    throw rangeError(`bias must be at least ${Math.max(1, maxCode >>> manBits) - 127} for these bits, got ${bias}`)
  }
  return intern(shape)
}

/**
 * The formats of the paper: 1 sign, e exponent and m mantissa bits, bias 2^(e−1) − 1, subnormals, exponent all ones
 * reserved for Inf and NaN (no NaN where m = 0). `ieee(4, 3)` is `formats.e4m3`, `ieee(5, 2)` is `formats.e5m2`.
 *
 * `compat: 'reference'` imitates the CUDA cast of the authors' released code, which below 8 bits never recognizes Inf
 * and NaN: exponent all ones decodes as one more ordinary binade (1-3-2: 16 to 28, where the largest finite value is 14).
 *
 * @throws RangeError `ERR_UKERNELS_RANGE`
 */
export function ieee(expBits: number, manBits: number, options: { compat?: 'reference' } = noOptions): Format {
  checkOptions(options)
  return defineFormat({ expBits, manBits, special: 'ieee', compat: options.compat })
}

/**
 * A format that spends every code on a number, no Inf and no NaN, like the FP6 and FP4 formats of OCP.
 * `finite(2, 1)` is `formats.e2m1fn`.
 *
 * @param bias default 2^(e−1) − 1
 * @throws RangeError `ERR_UKERNELS_RANGE`
 */
export function finite(expBits: number, manBits: number, bias?: number): Format {
  return defineFormat({ expBits, manBits, bias, special: 'finite' })
}

/**
 * The interned format with the same parameters: what came through `structuredClone` or `postMessage` has lost its
 * methods, this gives them back. Checks everything, so it is also the validation of a `format` argument.
 *
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
 */
export function asFormat(format: Format, name = 'format'): Format {
  if (format instanceof NarrowFormat) return format
  if (typeof format !== 'object' || format === null) {
    throw typeError(`${name} must be a Format, such as formats.e4m3fn, got ${found(format)}`)
  }
  if (format.special === 'e8m0') return formats.e8m0fnu
  return defineFormat(format as FormatDefinition)
}

/** The decode table without the copy; for use inside the package, never to be written to. */
export function sharedDecodeTable(format: Format): Float32Array {
  return decodeTableOf(asFormat(format) as NarrowFormat)
}

const known = (expBits: number, manBits: number, bias: number, special: Special): Format =>
  intern({ expBits, manBits, bias, special, compat: undefined })

/** The formats that have a name elsewhere (ml_dtypes, ONNX, OCP); spelled as in ml_dtypes, without `float8_` etc. */
export const formats = /* @__PURE__ */ Object.freeze({
  /** OFP8 E4M3: max 448, no Inf, NaN 7F and FF. */
  e4m3fn: known(4, 3, 7, 'fn'),
  /** OFP8 E5M2: max 57344, Inf, NaN. */
  e5m2: known(5, 2, 15, 'ieee'),
  /** IEEE-like, max 240. */
  e4m3: known(4, 3, 7, 'ieee'),
  /** IEEE-like, max 15.5. */
  e3m4: known(3, 4, 3, 'ieee'),
  /** Max 240, no −0, the only NaN is 80. */
  e4m3fnuz: known(4, 3, 8, 'fnuz'),
  /** Max 57344, no −0, the only NaN is 80. */
  e5m2fnuz: known(5, 2, 16, 'fnuz'),
  /** Max 30, no −0, the only NaN is 80. */
  e4m3b11fnuz: known(4, 3, 11, 'fnuz'),
  /** FP6, max 7.5, every code a number. */
  e2m3fn: known(2, 3, 1, 'finite'),
  /** FP6, max 28, every code a number. */
  e3m2fn: known(3, 2, 3, 'finite'),
  /** FP4: 0 .5 1 1.5 2 3 4 6 and their negatives. */
  e2m1fn: known(2, 1, 1, 'finite'),
  /** The MX block scale: unsigned powers of two from 2^-127 to 2^127, FF is NaN. */
  e8m0fnu: known(8, 0, 127, 'e8m0'),
})
