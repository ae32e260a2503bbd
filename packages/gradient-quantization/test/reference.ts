/**
 * An encoder by definition, scalar and exact in f64: the nearest values of the decode table, found by search. It shares
 * nothing with the kernels but the tables of the formats.
 */
import type { Format } from '@ukernels/gradient-quantization'

/** Codes of the finite values of one sign, ascending by magnitude: code, value. */
export function magnitudes(format: Format): { code: number; value: number }[] {
  const table = format.decodeTable()
  const count = format.special === 'e8m0' ? 255 : format.maxCode + 1
  return Array.from({ length: count }, (_, code) => ({ code, value: table[code] }))
}

/** What rounding a finite x by definition gives, with saturation: the code. `fraction` is for stochastic rounding. */
export function encodeByDefinition(format: Format, x: number, rounding: 'rne' | 'rtz' | 'rna'): number {
  const list = magnitudes(format)
  const a = Math.abs(x)
  let low = 0
  while (low + 1 < list.length && list[low + 1].value <= a) low++
  let picked = list[low].code
  if (low + 1 < list.length && rounding !== 'rtz') {
    // Halfway between neighbours is exact in f64: both have few bits.
    const middle = (list[low].value + list[low + 1].value) / 2
    const tieUp = rounding === 'rna' || (list[low + 1].code & 1) === 0
    if (a > middle || (a === middle && tieUp)) picked = list[low + 1].code
  }
  const negative = x < 0 || Object.is(x, -0)
  if (!negative || (format.special === 'fnuz' && picked === 0)) return picked
  return picked | (1 << (format.bits - 1))
}

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/**
 * Stochastic rounding of a finite x with a random word: the magnitude code before clamping. Normals add the top bits of
 * the word to the discarded ones; subnormals add its top 24 bits to x in units of 2^-24 subnormal steps.
 */
export function drawByDefinition({ manBits, bias, maxCode }: Format, x: number, word: number): number {
  float[0] = Math.abs(x)
  const a = bits[0]
  const shift = 23 - manBits
  const normal = a >= (128 - bias) * 2 ** 23
  const fraction = word / 2 ** (32 - shift)
  const code = normal
    ? Math.floor((a + Math.floor(fraction)) / 2 ** shift) - (127 - bias) * 2 ** manBits
    : Math.floor((Math.floor(Math.abs(x) * 2 ** (bias + manBits + 23)) + (word >>> 8)) / 2 ** 24)
  return Math.min(code, maxCode)
}
