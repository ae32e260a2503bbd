/**
 * Histogram of the magnitude bits >>> 20: eight exponent and three mantissa bits. Neighboring elements
 * count into different tables, so that equal bins do not wait for each other's store.
 */
import { ABS_MASK, INF_BITS, sumI32 } from '../../common/assembly/lanes'

const BINS: i32 = 2048
/** Bins of finite values; those above hold infinities and NaN. */
const FINITE_BINS: i32 = INF_BITS >>> 20
/** Bytes of one of the four tables of u32. */
const TABLE: i32 = 4 * BINS
const TABLES: usize = memory.data(4 * 4 * 2048, 16)
/** Below this many elements, clearing and adding up four tables costs more than it saves. */
const SHORT: i32 = 4096

// @ts-ignore: decorator
@inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1)
}

/** Byte offset in a table of the bin of the low half of `pair`. */
// @ts-ignore: decorator
@inline
function lowBin(pair: u64): usize {
  return <usize>((<u32>pair >> 18) & 0x1ffc)
}

// @ts-ignore: decorator
@inline
function highBin(pair: u64): usize {
  return <usize>((<u32>(pair >> 50)) & 0x1ffc)
}

/** Zeros among n elements, a multiple of 4. */
function countZeros(x: usize, n: i32): i32 {
  let zeros = i32x4.splat(0)
  for (const end = x + (n << 2); x < end; x += 16) {
    zeros = i32x4.sub(zeros, f32x4.eq(v128.load(x), f32x4.splat(0)))
  }
  return sumI32(zeros)
}

function countEach(x: usize, n: i32, hist: usize): void {
  for (const end = x + (n << 2); x < end; x += 4) {
    const a = load<i32>(x) & ABS_MASK
    if (a !== 0 && a < INF_BITS) increment(hist + ((a >>> 20) << 2))
  }
}

/** Adds the finite non-zero elements of x[n] to hist[2048]. */
export function logHistogram(x: usize, n: i32, hist: usize, bins: i32, begin: f64, end: f64): i32 {
  const whole = n < SHORT ? 0 : n & ~3
  countEach(x + (whole << 2), n - whole, hist)
  if (whole === 0) return 0
  memory.fill(TABLES, 0, 4 * TABLE)
  for (let at = x, stop = x + (whole << 2); at < stop; at += 16) {
    const first = load<u64>(at)
    const second = load<u64>(at, 8)
    increment(TABLES + lowBin(first))
    increment(TABLES + TABLE + highBin(first))
    increment(TABLES + 2 * TABLE + lowBin(second))
    increment(TABLES + 3 * TABLE + highBin(second))
  }
  for (let i = 0; i < FINITE_BINS << 2; i += 16) {
    const at = TABLES + i
    const low = i32x4.add(v128.load(at), v128.load(at + TABLE))
    const high = i32x4.add(v128.load(at + 2 * TABLE), v128.load(at + 3 * TABLE))
    v128.store(hist + i, i32x4.add(v128.load(hist + i), i32x4.add(low, high)))
  }
  store<u32>(hist, load<u32>(hist) - countZeros(x, whole))
  return 0
}
