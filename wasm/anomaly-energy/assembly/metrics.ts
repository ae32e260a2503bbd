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

/** What a group with positives adds to the sums, TP and FP being the counts behind it. */
function addPositives(counts: usize, sums: usize, key: u32, dtp: u64, tp: u64, fp: u64, positives: f64): void {
  const t = <f64>tp
  const both = t + <f64>fp
  store<f64>(sums, load<f64>(sums) + <f64>dtp * (t / both))
  const f1 = (2 * t) / (both + positives)
  if (f1 > load<f64>(sums, 8)) {
    store<f64>(sums, f1, 8)
    store<u64>(counts, key, BEST_KEY)
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
  let dfp = load<u64>(counts, OPEN_FALSE)
  let tp = load<u64>(counts, TRUE_POSITIVES)
  let fp = load<u64>(counts, FALSE_POSITIVES)
  let twiceU = load<u64>(counts, TWICE_U)
  let reached = load<u64>(counts, REACHED) !== 0
  const last = <u32>end === items
  for (let at: usize = 0; at <= <usize>n << 2; at += 4) {
    const over = at === <usize>n << 2
    if (over && !last) break
    const next: u32 = over ? ~key : load<u32>(keys + at)
    if (next !== key && dtp + dfp > 0) {
      twiceU += dfp * (2 * tp + dtp)
      tp += dtp
      fp += dfp
      // Without positives nothing changes but counts; a rate of 0 is reached by the first group.
      if (dtp > 0) addPositives(counts, sums, key, dtp, tp, fp, positives)
      if (!reached && (dtp > 0 || tpr <= 0) && <f64>tp / positives >= tpr) {
        reached = true
        store<u64>(counts, 1, REACHED)
        store<u64>(counts, fp, FP_AT_TPR)
      }
      dtp = 0
      dfp = 0
    }
    if (over) break
    key = next
    const positive = u64(load<u8>(labels + <usize>load<u32>(order + at)) !== 0)
    dtp += positive
    dfp += 1 - positive
  }
  store<u64>(counts, twiceU, TWICE_U)
  store<u64>(counts, tp, TRUE_POSITIVES)
  store<u64>(counts, fp, FALSE_POSITIVES)
  store<u64>(counts, dtp, OPEN_TRUE)
  store<u64>(counts, dfp, OPEN_FALSE)
  store<u32>(previous, key)
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
