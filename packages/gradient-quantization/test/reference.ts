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
