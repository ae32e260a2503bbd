/** Ranking metrics and the PRO curve: one walk over scores in descending order, group by group of equal keys. */

// Words of `counts`.
const TWICE_U = 0
const BEST_KEY = 8
const FP_AT_TPR = 16
const REACHED = 24
const TRUE_POSITIVES = 32
const FALSE_POSITIVES = 40
const OPEN_TRUE = 48
const OPEN_FALSE = 56

// @ts-ignore: decorator
@inline
function add(at: usize, value: u64): void {
  store<u64>(at, load<u64>(at) + value)
}

/** Ends the open group of `aucPass`. */
function endGroup(counts: usize, sums: usize, key: u32, positives: f64, tpr: f64): void {
  const dtp = load<u64>(counts, OPEN_TRUE)
  const dfp = load<u64>(counts, OPEN_FALSE)
  add(counts + TWICE_U, dfp * (2 * load<u64>(counts, TRUE_POSITIVES) + dtp))
  add(counts + TRUE_POSITIVES, dtp)
  add(counts + FALSE_POSITIVES, dfp)
  store<u64>(counts, 0, OPEN_TRUE)
  store<u64>(counts, 0, OPEN_FALSE)
  const tp = <f64>load<u64>(counts, TRUE_POSITIVES)
  const fp = <f64>load<u64>(counts, FALSE_POSITIVES)
  store<f64>(sums, load<f64>(sums) + <f64>dtp * (tp / (tp + fp)))
  const f1 = (2 * tp) / (tp + fp + positives)
  if (f1 > load<f64>(sums, 8)) {
    store<f64>(sums, f1, 8)
    store<u64>(counts, key, BEST_KEY)
  }
  if (load<u64>(counts, REACHED) === 0 && tp / positives >= tpr) {
    store<u64>(counts, 1, REACHED)
    store<u64>(counts, load<u64>(counts, FALSE_POSITIVES), FP_AT_TPR)
  }
}

/** Elements begin … end − 1 of the walk; see the table. */
export function aucPass(
  keys: usize,
  n: i32,
  order: usize,
  orderSize: i32,
  items: u32,
  labels: usize,
  labelsSize: i32,
  positives: f64,
  tpr: f64,
  counts: usize,
  countsSize: i32,
  sums: usize,
  sumsSize: i32,
  previous: usize,
  previousSize: i32,
  begin: f64,
  end: f64,
): i32 {
  let key = load<u32>(previous)
  let dtp = load<u64>(counts, OPEN_TRUE)
  let size = dtp + load<u64>(counts, OPEN_FALSE)
  for (let at: usize = 0; at < <usize>n << 2; at += 4) {
    const next = load<u32>(keys + at)
    if (next !== key && size > 0) {
      store<u64>(counts, dtp, OPEN_TRUE)
      store<u64>(counts, size - dtp, OPEN_FALSE)
      endGroup(counts, sums, key, positives, tpr)
      dtp = 0
      size = 0
    }
    key = next
    size++
    dtp += u64(load<u8>(labels + <usize>load<u32>(order + at)) !== 0)
  }
  store<u64>(counts, dtp, OPEN_TRUE)
  store<u64>(counts, size - dtp, OPEN_FALSE)
  store<u32>(previous, key)
  if (<u32>end === items && size > 0) endGroup(counts, sums, key, positives, tpr)
  return 0
}

// Numbers of `state`.
const COVERED = 8
const LAST_FPR = 16
const LAST_PRO = 24
const AREA = 32
const IS_OPEN = 40

/** Ends a group of `proPass` at (fpr, pro). */
function addPoint(state: usize, fpr: f64, pro: f64, limit: f64): void {
  const lastFpr = load<f64>(state, LAST_FPR)
  const lastPro = load<f64>(state, LAST_PRO)
  if (lastFpr < limit) {
    let area = load<f64>(state, AREA)
    if (fpr <= limit) area += ((fpr - lastFpr) * (pro + lastPro)) / 2
    else {
      const at = lastPro + ((pro - lastPro) * (limit - lastFpr)) / (fpr - lastFpr)
      area += ((limit - lastFpr) * (at + lastPro)) / 2
    }
    store<f64>(state, area, AREA)
  }
  store<f64>(state, fpr, LAST_FPR)
  store<f64>(state, pro, LAST_PRO)
}

/** Elements begin … end − 1 of the walk; see the table. */
export function proPass(
  keys: usize,
  n: i32,
  order: usize,
  orderSize: i32,
  pixels: u32,
  region: usize,
  regionSize: i32,
  regions: u32,
  shares: usize,
  sharesSize: i32,
  background: f64,
  limit: f64,
  state: usize,
  stateSize: i32,
  previous: usize,
  previousSize: i32,
  points: usize,
  pointsSize: i32,
  pointsUsed: usize,
  begin: f64,
  end: f64,
): i32 {
  let fp = load<f64>(state)
  let covered = load<f64>(state, COVERED)
  let open = load<f64>(state, IS_OPEN) !== 0
  let key = load<u32>(previous)
  let point = points
  const last = <u32>end === pixels
  for (let at: usize = 0; at < <usize>n << 2; at += 4) {
    const next = load<u32>(keys + at)
    if (open && next !== key) {
      const fpr = fp / background
      const pro = covered / <f64>regions
      addPoint(state, fpr, pro, limit)
      if (points !== 0) point = writePoint(point, fpr, pro)
    }
    key = next
    open = true
    const label = load<u32>(region + (<usize>load<u32>(order + at) << 2))
    if (label === 0) fp += 1
    else covered += load<f64>(shares + (<usize>label << 3))
  }
  if (open && last) {
    addPoint(state, 1, 1, limit)
    if (points !== 0) point = writePoint(point, 1, 1)
    open = false
  }
  store<f64>(state, fp)
  store<f64>(state, covered, COVERED)
  store<f64>(state, open ? 1 : 0, IS_OPEN)
  store<u32>(previous, key)
  store<u32>(pointsUsed, <u32>((point - points) >> 3))
  return 0
}

function writePoint(at: usize, fpr: f64, pro: f64): usize {
  store<f64>(at, fpr)
  store<f64>(at, pro, 8)
  return at + 16
}
