/** Mutated wire bytes: whatever they hold, `fromBytes` throws a FormatError or gives an object that means something. */
import { crc32, FormatError } from '@ukernels/runtime'
import { hex, sameBytes } from '@ukernels/test-kit/bytes'
import type { AnyPacked } from '../src/packed.js'
import { fromBytes, toBytes } from '../src/wire.js'
import { uniform } from './support-lognormal.js'
import { samples } from './wire-samples.js'

const INTERESTING = [0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 127, 128, 255]

/** One to four changes: bytes, 32-bit fields, cuts, insertions, splices of another sample. */
function mutated(bytes: Uint8Array, pool: Uint8Array[], below: (n: number) => number): Uint8Array {
  let result = bytes.slice()
  for (let changes = 1 + below(4); changes > 0; changes--) {
    if (result.length === 0) return result
    const at = below(2) ? below(Math.min(64, result.length)) : below(result.length)
    switch (below(8)) {
      case 0:
        result[at] ^= 1 << below(8)
        break
      case 1:
      case 2:
        result[at] = INTERESTING[below(INTERESTING.length)]
        break
      case 3:
        result[at] = below(256)
        break
      case 4: {
        const field = at & ~3
        if (field + 4 <= result.length) {
          const value = below(2) ? INTERESTING[below(INTERESTING.length)] : below(2 ** 32)
          new DataView(result.buffer).setUint32(field, value, true)
        }
        break
      }
      case 5:
        result = result.slice(0, at)
        break
      case 6: {
        const other = pool[below(pool.length)]
        result.set(other.subarray(at, Math.min(other.length, result.length, at + 1 + below(16))), at)
        break
      }
      default: {
        const longer = new Uint8Array(result.length + 1 + below(8))
        longer.set(result)
        result = longer
      }
    }
  }
  return result
}

/** Mostly makes the checksum, and half of the time the length of the data, fit again: else nothing gets past them. */
function repair(bytes: Uint8Array, below: (n: number) => number): void {
  if (bytes.length < 64 || below(10) === 0) return
  const view = new DataView(bytes.buffer)
  if (below(2)) {
    const aux = Math.min(view.getUint32(40, true), bytes.length - 64)
    view.setBigUint64(40, BigInt(aux), true)
    view.setBigUint64(32, BigInt(bytes.length - 64 - aux), true)
  }
  view.setUint32(60, 0, true)
  view.setUint32(60, crc32(bytes), true)
}

function check(packed: AnyPacked, bytes: Uint8Array): void {
  // What it means must be valid and give the same bytes again; the two spellings of a full row apart.
  const again = toBytes(packed)
  const expected = bytes.slice()
  const view = new DataView(expected.buffer)
  if (view.getUint32(48, true) === packed.n) {
    view.setUint32(48, 0, true)
    view.setUint32(60, 0, true)
    view.setUint32(60, crc32(expected), true)
  }
  if (!sameBytes(again, expected)) throw new Error(`not the same: ${hex(bytes)}`)
}

/** @returns how many were accepted and refused; throws on anything else, showing the bytes */
export function mutate(count: number, seed: number): { accepted: number; refused: number } {
  const random = uniform(seed)
  const below = (n: number) => Math.floor(random() * n)
  const pool = Object.values(samples).map(toBytes)
  const result = { accepted: 0, refused: 0 }
  for (let i = 0; i < count; i++) {
    const bytes = mutated(pool[below(pool.length)], pool, below)
    repair(bytes, below)
    try {
      check(fromBytes(bytes), bytes)
      result.accepted++
    } catch (error) {
      const code = (error as { code?: string }).code
      if (
        !(error instanceof FormatError) ||
        !['ERR_UKERNELS_CORRUPT', 'ERR_UKERNELS_VERSION'].includes(code as string)
      ) {
        throw new Error(`mutation ${i}: ${hex(bytes)}`, { cause: error })
      }
      if (!(error.offset >= 0 && error.offset <= bytes.length)) {
        throw new Error(`mutation ${i}: offset ${error.offset} of ${bytes.length}`)
      }
      result.refused++
    }
  }
  return result
}
