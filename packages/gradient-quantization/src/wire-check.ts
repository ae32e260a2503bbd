/** Which bytes can be codes of what: shared by both directions of the wire format. */
import { lengthError } from '@ukernels/runtime'
import type { LuqPacked, Packed, Packing, PrunePacked } from './packed.js'

/** ⌈count · bits / 8⌉. */
export const bytesOf = (count: number, bits: number) => Math.ceil((count * bits) / 8)

/** Stored bits of a LUQ code: four (sign and magnitudes up to 7), or a byte. */
export const luqBits = (packing: Packing) => (packing === 'bits' ? 4 : 8)

/** Index of the first byte that can't be, and why. */
export interface BadByte {
  index: number
  why: string
}

/** Number of twos of bits in a byte that are both set. */
const SURVIVORS = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, byte) => {
  const both = byte & (byte >>> 1) & 0x55
  return (both & 1) + ((both >>> 2) & 1) + ((both >>> 4) & 1) + (both >>> 6)
})

/** Bits of the last byte beyond the last code must be 0. */
function badPadding(data: Uint8Array, begin: number, end: number, usedBits: number): BadByte | undefined {
  const used = usedBits % 8
  return used !== 0 && data[end - 1] >>> used !== 0 && end > begin
    ? { index: end - 1, why: 'has bits set after the last code' }
    : undefined
}

export function badElement({ data, n, format, packing }: Packed): BadByte | undefined {
  if (packing === 'bits') return badPadding(data, 0, data.length, n * format.bits)
  const limit = 1 << format.bits
  if (limit === 256) return undefined
  const index = data.findIndex((code) => code >= limit)
  return index < 0 ? undefined : { index, why: `must be a code below ${limit}, got ${data[index]}` }
}

/** Magnitudes up to `levels`, and no −0. */
export function badLuq({ data, n, levels, packing, samples }: LuqPacked): BadByte | undefined {
  const signBit = levels === 7 ? 8 : 16
  const isCode = (code: number) => code < 2 * signBit && code !== signBit && (code & (signBit - 1)) <= levels
  const allowed = Array.from({ length: 256 }, (_, byte) =>
    packing === 'bits' ? isCode(byte & 15) && isCode(byte >>> 4) : isCode(byte),
  )
  const index = data.findIndex((byte) => !allowed[byte])
  if (index >= 0) return { index, why: `holds ${data[index]}, which is no code of ${levels} levels` }
  const plane = bytesOf(n, luqBits(packing))
  for (let sample = 0; sample < samples; sample++) {
    const padding = badPadding(data, sample * plane, (sample + 1) * plane, n * luqBits(packing))
    if (padding) return padding
  }
  return undefined
}

/** How many of the first n two-bit classes are 3. */
export function countSurvivors(classes: Uint8Array, n: number): number {
  const whole = n >>> 2
  let survivors = 0
  for (let i = 0; i < whole; i++) survivors += SURVIVORS[classes[i]]
  if (n & 3) survivors += SURVIVORS[classes[whole] & ((1 << (2 * (n & 3))) - 1)]
  return survivors
}

export function checkSurvivors({ length }: Float32Array, expected: number): void {
  if (length !== expected)
    throw lengthError(`p.values must have ${expected} elements, as p.classes says, got ${length}`)
}

/** As many survivors as classes say so. */
export function badClasses({ classes, n, values }: PrunePacked): BadByte | undefined {
  const padding = badPadding(classes, 0, classes.length, n * 2)
  if (padding) return padding
  const survivors = countSurvivors(classes, n)
  return survivors === values.length
    ? undefined
    : { index: classes.length - 1, why: `ends ${survivors} survivors, got ${values.length} values` }
}

/** Index of the first survivor that pruning would not have kept, −1 if there is none. */
export const badSurvivor = ({ values, alpha }: PrunePacked) => values.findIndex((x) => !(x > alpha || x < -alpha))

/** Index of the first block scale that NVFP4 doesn't have: the sign bit is never set; −1 if there is none. */
export const badNvfp4Scale = (scales: Uint8Array) => scales.findIndex((code) => code > 0x7f)
