/**
 * Narrow floating-point formats: (−1)^s · 2^(E − bias) · (1 + M / 2^m), and for E = 0 (−1)^s · 2^(1 − bias) · M / 2^m.
 * The sign is bit N − 1 of the code. All pure TypeScript; see the format table of the README.
 */
import { pow2 } from '@ukernels/runtime'

/** Which codes are not ordinary numbers; the index is the number on the wire and in the low-level `codec`. */
export const specials = ['ieee', 'fn', 'fnuz', 'finite', 'e8m0'] as const

/**
 * Which codes are not ordinary numbers.
 *
 * - `'ieee'`: exponent all ones is Inf (M = 0) or NaN.
 * - `'fn'`: no Inf; only the all-ones magnitude is NaN (OFP8 E4M3).
 * - `'fnuz'`: no Inf, no −0; the code of −0 is the only NaN.
 * - `'finite'`: every code is a number (FP6 and FP4 of OCP).
 * - `'e8m0'`: unsigned powers of two, FF is NaN (the MX scale).
 */
export type Special = (typeof specials)[number]

/** A narrow floating-point format. Frozen, and interned: the same parameters always give the same object. */
export interface Format {
  /** `'e4m3fn'`, …, or the call that makes it, such as `'ieee(3,2)'`. */
  readonly name: string
  /** Bits of a code, sign included, 2 to 8. */
  readonly bits: number
  readonly expBits: number
  readonly manBits: number
  readonly bias: number
  readonly special: Special
  /** Largest finite value. */
  readonly max: number
  /** Code of `max`: the largest magnitude code of a finite value. */
  readonly maxCode: number
  /** Smallest value with E = 1. */
  readonly minNormal: number
  /** Smallest value > 0. */
  readonly minSubnormal: number
  /** Code of +Inf, where there is one. */
  readonly infCode: number | undefined
  /** Canonical NaN code, where there is one. */
  readonly nanCode: number | undefined
  /** Imitates the cast of the paper's released code; see `ieee`. */
  readonly compat: 'reference' | undefined
  /** The value of every code, 2^bits f32 values in a new array; NaN is always the bits 0x7fc00000. */
  decodeTable(): Float32Array
}

/** The parts that determine a format. */
export interface FormatShape {
  expBits: number
  manBits: number
  bias: number
  special: Special
  compat: 'reference' | undefined
}

const NAMES: Record<string, string> = {
  '4,3,7,fn': 'e4m3fn',
  '5,2,15,ieee': 'e5m2',
  '4,3,7,ieee': 'e4m3',
  '3,4,3,ieee': 'e3m4',
  '4,3,8,fnuz': 'e4m3fnuz',
  '5,2,16,fnuz': 'e5m2fnuz',
  '4,3,11,fnuz': 'e4m3b11fnuz',
  '2,3,1,finite': 'e2m3fn',
  '3,2,3,finite': 'e3m2fn',
  '2,1,1,finite': 'e2m1fn',
  '8,0,127,e8m0': 'e8m0fnu',
}

/** The bias that a format has unless told otherwise. */
export const defaultBias = (expBits: number, special: Special) => (1 << (expBits - 1)) - (special === 'fnuz' ? 0 : 1)

/** Value of a magnitude code that is a number. */
function magnitude(shape: FormatShape, code: number): number {
  const { manBits, bias, special } = shape
  const exponent = code >>> manBits
  const fraction = code & ((1 << manBits) - 1)
  if (special === 'e8m0') return pow2(code - bias)
  return exponent === 0
    ? fraction * pow2(1 - bias - manBits)
    : ((1 << manBits) + fraction) * pow2(exponent - bias - manBits)
}

/** Codes of the largest finite value, Inf and NaN; `ieee` counts from the first code with exponent all ones. */
export function reservedCodes(shape: FormatShape) {
  const { expBits, manBits, special, compat } = shape
  const allOnes = (1 << (expBits + manBits)) - 1
  const inf = allOnes - ((1 << manBits) - 1)
  switch (special) {
    case 'ieee': {
      const quiet = manBits > 0 ? inf | (1 << (manBits - 1)) : undefined
      return compat
        ? { maxCode: inf - 1, infCode: undefined, nanCode: undefined }
        : { maxCode: inf - 1, infCode: inf, nanCode: quiet }
    }
    case 'fn':
      return { maxCode: allOnes - 1, infCode: undefined, nanCode: allOnes }
    case 'fnuz':
      return { maxCode: allOnes, infCode: undefined, nanCode: allOnes + 1 }
    case 'e8m0':
      return { maxCode: allOnes - 1, infCode: undefined, nanCode: allOnes }
    default:
      return { maxCode: allOnes, infCode: undefined, nanCode: undefined }
  }
}

/** The decode table of each format that was ever asked for.  */
const tables = new WeakMap<NarrowFormat, Float32Array>()

function buildTable(format: Format): Float32Array {
  const { bits, special, maxCode, infCode, compat } = format
  const signBit = special === 'e8m0' ? 0 : 1 << (bits - 1)
  const table = new Float32Array(1 << bits)
  const words = new Uint32Array(table.buffer)
  for (let code = 0; code < table.length; code++) {
    const magnitudeCode = signBit ? code & (signBit - 1) : code
    const negative = (code & signBit) !== 0
    if (magnitudeCode === infCode) {
      table[code] = negative ? -Infinity : Infinity
    } else if ((magnitudeCode > maxCode && !compat) || (special === 'fnuz' && code === signBit)) {
      words[code] = 0x7fc00000
    } else {
      const value = magnitude(format, magnitudeCode)
      table[code] = negative ? -value : value
    }
  }
  return table
}

/** The decode table itself, without the copy; never to be written to. */
export function decodeTableOf(format: NarrowFormat): Float32Array {
  let table = tables.get(format)
  if (table === undefined) {
    table = buildTable(format)
    tables.set(format, table)
  }
  return table
}

/** The only implementation of `Format`; made by `intern` alone. */
export class NarrowFormat implements Format {
  readonly name: string
  readonly bits: number
  readonly expBits: number
  readonly manBits: number
  readonly bias: number
  readonly special: Special
  readonly max: number
  readonly maxCode: number
  readonly minNormal: number
  readonly minSubnormal: number
  readonly infCode: number | undefined
  readonly nanCode: number | undefined
  readonly compat: 'reference' | undefined

  constructor(shape: FormatShape) {
    const { expBits, manBits, bias, special, compat } = shape
    const scaleFormat = special === 'e8m0'
    const { maxCode, infCode, nanCode } = reservedCodes(shape)
    this.name = nameOf(shape)
    this.bits = scaleFormat ? 8 : 1 + expBits + manBits
    this.expBits = expBits
    this.manBits = manBits
    this.bias = bias
    this.special = special
    this.maxCode = maxCode
    this.infCode = infCode
    this.nanCode = nanCode
    this.compat = compat
    this.max = magnitude(shape, maxCode)
    this.minNormal = pow2(scaleFormat ? -bias : 1 - bias)
    this.minSubnormal = pow2(scaleFormat ? -bias : 1 - bias - manBits)
    Object.freeze(this)
  }

  decodeTable(): Float32Array {
    return decodeTableOf(this).slice()
  }
}

/** `'e4m3fn'`, or the call that makes the format. */
export function nameOf({ expBits, manBits, bias, special, compat }: FormatShape): string {
  if (compat) return `ieee(${expBits},${manBits},${bias},compat=reference)`
  const known = NAMES[`${expBits},${manBits},${bias},${special}`]
  if (known !== undefined) return known
  const suffix = bias === defaultBias(expBits, special) ? '' : `,${bias}`
  return `${special}(${expBits},${manBits}${suffix})`
}

const interned = new Map<string, NarrowFormat>()

/** The one format object of this shape; `shape` is taken to be checked. */
export function intern(shape: FormatShape): NarrowFormat {
  const key = `${shape.expBits},${shape.manBits},${shape.bias},${shape.special},${shape.compat}`
  let format = interned.get(key)
  if (format === undefined) {
    format = new NarrowFormat(shape)
    interned.set(key, format)
  }
  return format
}
