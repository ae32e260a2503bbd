/**
 * Stable order of f32 scores: order-preserving integer keys and a radix sort, three digits of 11 bits from
 * the least significant one on. The phases of the table: keys, then three passes between the halves of
 * `keys` and `order`.
 */
const DIGIT: i32 = 11
const BINS: i32 = 1 << DIGIT
const MASK: u32 = BINS - 1
/** Status of the harness for what cannot be. */
const INTERNAL: i32 = -1
/** Bytes of the counts of one digit. */
const TABLE: usize = 4 * 2048

// @ts-ignore: decorator
@inline
function increment(table: usize, digit: u32): void {
  const at = table + <usize>(digit << 2)
  store<u32>(at, load<u32>(at) + 1)
}

/** Keys and indices of scores [from, to), and their digits counted. `flip` is −1 where the order descends. */
function makeKeys(scores: usize, from: u32, to: u32, flip: i32, keys: usize, order: usize, counts: usize): void {
  for (let i = from; i < to; i++) {
    const at = <usize>i << 2
    const bits = reinterpret<i32>(load<f32>(scores + at) + 0)
    const key = <u32>(bits ^ ((bits >> 31) | 0x80000000) ^ flip)
    store<u32>(keys + at, key)
    store<u32>(order + at, i)
    increment(counts, key & MASK)
    increment(counts + TABLE, (key >>> DIGIT) & MASK)
    increment(counts + 2 * TABLE, key >>> (2 * DIGIT))
  }
}

/** Counts become first places. */
function findPlaces(table: usize, bytes: usize): void {
  let place: u32 = 0
  for (let at = table; at < table + bytes; at += 4) {
    const here = load<u32>(at)
    store<u32>(at, place)
    place += here
  }
}

/**
 * Moves elements [from, to) to their places by the digit at `shift`. False when a place lies outside of the n
 * elements, which only counts that are not those of the keys can say.
 */
// @ts-ignore: decorator
@inline
function pass(
  n: u32,
  from: u32,
  to: u32,
  keys: usize,
  order: usize,
  newKeys: usize,
  newOrder: usize,
  places: usize,
  shift: i32,
): bool {
  for (let at = <usize>from << 2, end = <usize>to << 2; at < end; at += 4) {
    const key = load<u32>(keys + at)
    const slot = places + <usize>(((key >>> shift) & MASK) << 2)
    const place = load<u32>(slot)
    if (place >= n) return false
    store<u32>(slot, place + 1)
    store<u32>(newKeys + (<usize>place << 2), key)
    store<u32>(newOrder + (<usize>place << 2), load<u32>(order + at))
  }
  return true
}

/** Steps begin … end − 1 of the sort; see the table. */
export function scoreSort(
  scores: usize,
  n: i32,
  descending: i32,
  steps: u32,
  keys: usize,
  keysSize: i32,
  order: usize,
  orderSize: i32,
  counts: usize,
  countsSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const half = <usize>n << 2
  let step = <u32>begin
  while (step < <u32>end) {
    const phase = step / n
    const from = step % n
    const to = min<u32>(n, from + (<u32>end - step))
    const table = counts + <usize>(phase - 1) * TABLE
    if (phase === 0) makeKeys(scores, from, to, -descending, keys + half, order + half, counts)
    else if (from === 0) findPlaces(table, TABLE)
    let sound = phase < 4
    if (phase === 1) sound = pass(n, from, to, keys + half, order + half, keys, order, table, 0)
    else if (phase === 2) sound = pass(n, from, to, keys, order, keys + half, order + half, table, DIGIT)
    else if (phase === 3) sound = pass(n, from, to, keys + half, order + half, keys, order, table, 2 * DIGIT)
    if (!sound) return INTERNAL
    step += to - from
  }
  return 0
}

/** Counts the digits of scores [from, to) by class; tables are those of a digit, the positives' first. */
function countClasses(scores: usize, labels: usize, from: u32, to: u32, counts: usize): void {
  for (let i = from; i < to; i++) {
    const key = descendingKey(scores + (<usize>i << 2))
    const table = counts + tableOf(labels + i)
    increment(table, key & MASK)
    increment(table + 2 * TABLE, (key >>> DIGIT) & MASK)
    increment(table + 4 * TABLE, key >>> (2 * DIGIT))
  }
}

// @ts-ignore: decorator
@inline
function descendingKey(score: usize): u32 {
  const bits = reinterpret<i32>(load<f32>(score) + 0)
  return ~(bits ^ ((bits >> 31) | 0x80000000))
}

/** Where the table of a label's class begins. */
// @ts-ignore: decorator
@inline
function tableOf(label: usize): usize {
  return load<u8>(label) === 0 ? TABLE : 0
}

/** Moves one key. False when its place lies outside of the n, as in `pass`. */
// @ts-ignore: decorator
@inline
function put(key: u32, digit: u32, places: usize, n: u32, to: usize): bool {
  const slot = places + <usize>(digit << 2)
  const place = load<u32>(slot)
  if (place >= n) return false
  store<u32>(slot, place + 1)
  store<u32>(to + (<usize>place << 2), key)
  return true
}

/** Moves keys [from, to), the first `positives` of all being those of the positives, by the digit at `shift`. */
// @ts-ignore: decorator
@inline
function passKeys(n: u32, from: u32, to: u32, positives: u32, keys: usize, other: usize, table: usize, shift: i32): bool {
  for (let i = from; i < to; i++) {
    const key = load<u32>(keys + (<usize>i << 2))
    const places = i < positives ? table : table + TABLE
    if (!put(key, (key >>> shift) & MASK, places, n, other)) return false
  }
  return true
}

/** Moves the keys of scores [from, to) by their lowest digit. */
function passScores(scores: usize, labels: usize, n: u32, from: u32, to: u32, keys: usize, table: usize): bool {
  for (let i = from; i < to; i++) {
    const key = descendingKey(scores + (<usize>i << 2))
    if (!put(key, key & MASK, table + tableOf(labels + i), n, keys)) return false
  }
  return true
}

/** Steps begin … end − 1 of the sort by class; see the table. */
export function classSort(
  scores: usize,
  n: i32,
  labels: usize,
  labelsSize: i32,
  positives: u32,
  steps: u32,
  keys: usize,
  keysSize: i32,
  counts: usize,
  countsSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const other = keys + (<usize>n << 2)
  let step = <u32>begin
  while (step < <u32>end) {
    const phase = step / n
    const from = step % n
    const to = min<u32>(n, from + (<u32>end - step))
    const table = counts + <usize>(phase - 1) * 2 * TABLE
    if (phase === 0) countClasses(scores, labels, from, to, counts)
    else if (from === 0) findPlaces(table, 2 * TABLE)
    let sound = phase < 4
    if (phase === 1) sound = passScores(scores, labels, n, from, to, keys, table)
    else if (phase === 2) sound = passKeys(n, from, to, positives, keys, other, table, DIGIT)
    else if (phase === 3) sound = passKeys(n, from, to, positives, other, keys, table, 2 * DIGIT)
    if (!sound) return INTERNAL
    step += to - from
  }
  return 0
}
