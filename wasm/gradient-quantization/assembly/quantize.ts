/** Codes of f32 values, one per byte: chooses the loop. */
import { ABS_MASK, INF_BITS } from '../../common/assembly/lanes'
import * as codec from './codec'
import { addCounts } from './counts'
import { fastTile } from './quantize-fast'
import { generalNearestTile, generalRandomTile } from './quantize-general'

/** Words of the roundings that draw none: truncation, ties away. */
const NO_WORDS: usize = memory.data(64, 16)
const HALF_WORDS: usize = memory.data(64, 16)

function halfWords(): usize {
  for (let i = 0; i < 64; i += 16) v128.store(HALF_WORDS + i, i32x4.splat(0x80000000))
  return HALF_WORDS
}

/**
 * Codes of the scale format e8m0, unsigned powers of two: halfway and above go up, except that below
 * 2^-127 nothing is rounded to nearest.
 */
function scaleTile(x: usize, n: i32, to: usize): bool {
  const scale = load<f32>(codec.SCALE)
  const saturates = load<i32>(codec.IS_SATURATING)
  let metNan = false
  for (let i = 0; i < n; i++, x += 4) {
    const a = load<i32>(x) & ABS_MASK
    const bits = reinterpret<i32>(load<f32>(x) * scale)
    let code = 0xff
    if (a >= INF_BITS) code = a > INF_BITS ? load<i32>(codec.NAN_CODE) : 0xff
    else if (bits <= 0) code = saturates ? 0 : 0xff
    else if (bits <= 0x00400000) code = 0
    else if (bits < 0x00800000) code = 1
    else {
      code = (bits + 0x00400000) >> 23
      if (code >= 0xff) {
        code = saturates ? 0xfe : 0xff
        addCounts(1, 0)
      }
    }
    metNan = metNan || a > INF_BITS
    store<u8>(to + i, code)
  }
  return metNan
}

/**
 * Codes x[n], n a multiple of 16 and at most a tile, into bytes, by the constants that `prepareCodec` left. Returns
 * whether a NaN is among them.
 *
 * @param words - one random word per element, used by stochastic rounding only
 */
export function quantize(x: usize, n: i32, to: usize, words: usize): bool {
  const kind = load<i32>(codec.KIND)
  if (kind === codec.SCALE_FORMAT) return scaleTile(x, n, to)
  const rounding = load<i32>(codec.ROUND)
  const step: usize = rounding === codec.SR ? 64 : 0
  if (rounding === codec.RNA) words = halfWords()
  else if (rounding !== codec.SR) words = NO_WORDS
  if (kind === codec.FAST && fastTile(x, n, to, words, step)) return false
  return rounding === codec.RNE ? generalNearestTile(x, n, to) : generalRandomTile(x, n, to, words, step)
}
