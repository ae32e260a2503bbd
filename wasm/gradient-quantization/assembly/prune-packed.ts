/**
 * Pruned elements as classes of 2 bits (0 zero, 1 +α, 2 −α, 3 survivor; packed like codes) and the
 * survivors as f32, in order.
 */
import { INF_BITS, magnitudes, splat, sumI32 } from '../../common/assembly/lanes'
import { reportFirst, tilePeak } from './amax'
import { combine } from './decode'
import { lookup, preparePlanes } from './lookup'
import { pack, unpack } from './pack'
import { addTotals, closePrune, openPrune, survivors, thresholds, uncountZeros } from './prune'
import { CODES, padTail, STEP, TILE, tileWords, u64Of, VALUES } from './tile'

const STATUS_CORRUPT: i32 = 1
const ACCUMULATE: u32 = 1
const RAN_OUT: usize = -1

/** Constants of the loop: 1 and the class of survivors. */
const TABLE: usize = memory.data<u32>([1, 3], 4)

/** Shuffles that bring the lanes of a 4-bit mask to the front. */
const COMPACT: usize = memory.data(16 * 16, 16)
/** Survivors of an array's last step. */
const TAIL_VALUES: usize = memory.data(64 + 16, 16)
/** What the classes decode to, survivors aside. */
const CLASS_VALUES: usize = memory.data(64, 16)

/** Fills the table of shuffles on first use. */
function prepareCompact(): void {
  if (load<u8>(COMPACT + 16 * 15, 15) !== 0) return
  for (let mask = 0; mask < 16; mask++) {
    let to = COMPACT + (mask << 4)
    for (let lane = 0; lane < 4; lane++) {
      if (((mask >> lane) & 1) === 0) continue
      store<u32>(to, 0x03020100 + lane * 0x04040404)
      to += 4
    }
  }
}

/**
 * Classes of n elements, a multiple of 4, one per byte, and the survivors of them in order. Four are
 * written at a time, and no more survivors than elements: the surplus never leaves x's length.
 * Returns where the next survivor goes; 0 as `values` stores none.
 */
function classTile(x: usize, n: i32, words: usize, threshold: f32, to: usize, values: usize): usize {
  const alpha = f32x4.splat(threshold)
  let alives = i32x4.splat(0)
  let kepts = alives
  for (const end = to + n; to < end; to += 4, x += 16, words += 16) {
    const v = v128.load(x)
    const a = magnitudes(v)
    const kept = f32x4.gt(a, alpha)
    const alive = f32x4.ge(a, thresholds(v128.load(words), alpha))
    alives = i32x4.add(alives, alive)
    kepts = i32x4.add(kepts, kept)
    // 1 or 2 by sign, 3 where kept, 0 where not alive.
    const signed = v128.or(i32x4.sub(splat(TABLE, 0), i32x4.shr_s(v, 31)), v128.and(kept, splat(TABLE, 1)))
    const classes = v128.and(alive, signed)
    const pairs = i16x8.narrow_i32x4_s(classes, classes)
    store<i32>(to, i32x4.extract_lane(i8x16.narrow_i16x8_u(pairs, pairs), 0))
    const mask = i32x4.bitmask(kept)
    if (mask === 0 || values === 0) continue
    v128.store(values, i8x16.swizzle(v, v128.load(COMPACT + (mask << 4))))
    values += popcnt(mask) << 2
  }
  addTotals(n, -sumI32(alives), -sumI32(kepts))
  return values
}

/** Classes and survivors of x[n] pruned with threshold alpha. Without `values` the survivors are only counted. */
export function pruneEncode(
  x: usize,
  n: i32,
  alpha: f64,
  seedLo: u32,
  seedHi: u32,
  stream: u32,
  offsetLo: u32,
  offsetHi: u32,
  classes: usize,
  classesLength: i32,
  values: usize,
  valuesLength: i32,
  used: usize,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  openPrune(seedLo, seedHi, stream)
  prepareCompact()
  const element = u64Of(offsetLo, offsetHi) + <u64>begin
  let next = values
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = x + (i << 2)
    const words = tileWords(element + i, count)
    const whole = count & ~(STEP - 1)
    next = classTile(at, whole, words, <f32>alpha, CODES, next)
    if (whole < count) {
      const tail = padTail(at + (whole << 2), count - whole)
      const last = classTile(tail, STEP, words + (whole << 2), <f32>alpha, CODES + whole, values ? TAIL_VALUES : 0)
      uncountZeros(STEP - count + whole)
      if (values) memory.copy(next, TAIL_VALUES, last - TAIL_VALUES)
    }
    if (tilePeak(at, count) > INF_BITS) reportFirst(report + 16, at, count, INF_BITS, begin + <f64>i)
    pack(CODES, count, 2, classes + (i >> 2))
  }
  store<u32>(used, survivors(n))
  closePrune(report)
  return 0
}

/**
 * Replaces the values of survivors among n elements of two-bit classes.
 * Returns where the next survivor lies, or `RAN_OUT`.
 */
function placeSurvivors(classes: usize, n: i32, from: usize, end: usize, to: usize): usize {
  for (let i = 0; i < n; i += 32) {
    let pairs: u64 = 0
    if (n - i >= 32) pairs = load<u64>(classes + (i >> 2))
    else for (let k = 0; k < n - i; k += 4) pairs |= (<u64>load<u8>(classes + ((i + k) >> 2))) << (2 * k)
    let set = pairs & (pairs >> 1) & 0x5555555555555555
    if (n - i < 32) set &= (<u64>1 << (2 * (n - i))) - 1
    for (; set !== 0; set &= set - 1, from += 4) {
      if (from === end) return RAN_OUT
      store<i32>(to + ((i + (<i32>ctz(set) >> 1)) << 2), load<i32>(from))
    }
  }
  return from
}

/** Values of pruneEncode's classes and survivors: stored, or added to out[n] with a weight. */
export function pruneDecode(
  classes: usize,
  classesLength: i32,
  values: usize,
  survivorCount: i32,
  used: usize,
  alpha: f64,
  mode: u32,
  weight: f64,
  out: usize,
  n: i32,
  begin: f64,
  end: f64,
): i32 {
  store<f32>(CLASS_VALUES, <f32>alpha, 4)
  store<f32>(CLASS_VALUES, -(<f32>alpha), 8)
  preparePlanes(CLASS_VALUES)
  const last = values + (survivorCount << 2)
  let next = values
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = out + (i << 2)
    const to = mode === ACCUMULATE ? VALUES : at
    const packed = classes + (i >> 2)
    unpack(packed, count, 2, CODES)
    lookup(CODES, count, CLASS_VALUES, 2, to)
    next = placeSurvivors(packed, count, next, last, to)
    if (next === RAN_OUT) return STATUS_CORRUPT
    if (mode === ACCUMULATE) combine(VALUES, count, mode, <f32>weight, 1, at)
  }
  store<u32>(used, (next - values) >> 2)
  return 0
}
