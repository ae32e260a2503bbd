/** The numbers behind a format and its coding options, as the low-level functions take them; made once each. */
import { type Format, sharedDecodeTable } from './formats.js'
import { specials } from './narrow-format.js'

/** Floats in a decode table of the low-level functions, whatever the format. */
const TABLE = 256
/** Decode tables kept per format: one per scale that was used lately. */
const KEPT_TABLES = 64
const CANONICAL_NAN = 0x7fc00000

const ROUNDINGS = 4
const OVERFLOWS = 3
const NAN_MODES = 3

const codecs = /* @__PURE__ */ new Map<Format, Uint32Array[]>()
const tables = /* @__PURE__ */ new Map<Format, Map<number, Float32Array>>()

/**
 * The `codec` argument of the table; options by their position in `options.ts`.
 *
 * @param format - interned
 */
export function codecOf(format: Format, rounding: number, overflow: number, nan: number, count: boolean): Uint32Array {
  let known = codecs.get(format)
  if (known === undefined) {
    known = []
    codecs.set(format, known)
  }
  const index = ((Number(count) * NAN_MODES + nan) * OVERFLOWS + overflow) * ROUNDINGS + rounding
  known[index] ??= Uint32Array.of(
    format.bits,
    format.expBits,
    format.manBits,
    format.bias,
    specials.indexOf(format.special),
    rounding,
    overflow,
    nan,
    Number(count),
    Number(format.compat === 'reference'),
  )
  return known[index]
}

/**
 * The value of every code: f32(v · f32(1 / scale)); NaN is 0x7fc00000.
 *
 * @param format - interned
 * @param scale - an f32
 */
export function lutOf(format: Format, scale: number): Float32Array {
  let known = tables.get(format)
  if (known === undefined) {
    known = new Map()
    tables.set(format, known)
  }
  let lut = known.get(scale)
  if (lut === undefined) {
    if (known.size === KEPT_TABLES) known.clear()
    lut = scaledTable(sharedDecodeTable(format), Math.fround(1 / scale))
    known.set(scale, lut)
  }
  return lut
}

/** f32(v · factor) for every v of `values`, in a table of 256. */
export function scaledTable(values: ArrayLike<number>, factor: number): Float32Array {
  const table = new Float32Array(TABLE)
  const bits = new Uint32Array(table.buffer)
  for (let code = 0; code < values.length; code++) {
    table[code] = values[code] * factor
    if (Number.isNaN(table[code])) bits[code] = CANONICAL_NAN
  }
  return table
}
