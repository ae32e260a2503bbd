/** Ranking metrics and the PRO curve: one walk over scores in descending order, group by group of equal keys. */

// Words of `counts`.
const TWICE_U = 0
const BEST_KEY = 8
const FP_AT_TPR = 16
const REACHED = 24
const TRUE_POSITIVES = 32
const FALSE_POSITIVES = 40

/** Status of the harness for what cannot be. */
const INTERNAL: i32 = -1

/** Notes the false positives where the true positives are enough. */
function look(counts: usize, positives: f64, tpr: f64, fp: u64): void {
  if (load<u64>(counts, REACHED) !== 0 || !(<f64>load<u64>(counts, TRUE_POSITIVES) / positives >= tpr)) return
  store<u64>(counts, 1, REACHED)
  store<u64>(counts, fp, FP_AT_TPR)
}

/** Ends a group with positives. */
function endGroup(counts: usize, sums: usize, key: u32, dtp: u64, dfp: u64, positives: f64, tpr: f64): void {
  const before = load<u64>(counts, TRUE_POSITIVES)
  const tp = before + dtp
  const fp = load<u64>(counts, FALSE_POSITIVES) + dfp
  store<u64>(counts, load<u64>(counts, TWICE_U) + dfp * (2 * before + dtp), TWICE_U)
  store<u64>(counts, tp, TRUE_POSITIVES)
  store<u64>(counts, fp, FALSE_POSITIVES)
  const t = <f64>tp
  const both = t + <f64>fp
  store<f64>(sums, load<f64>(sums) + <f64>dtp * (t / both))
  const f1 = (2 * t) / (both + positives)
  if (f1 > load<f64>(sums, 8)) {
    store<f64>(sums, f1, 8)
    store<u64>(counts, key, BEST_KEY)
  }
  look(counts, positives, tpr, fp)
}

/** How many keys from `at` on are `key`. */
function equalKeys(at: usize, end: usize, key: u32): u32 {
  let count: u32 = 0
  for (; at < end && load<u32>(at) === key; at += 4) count++
  return count
}

/** The walk up to `end`; see the table. */
export function aucPass(
  keys: usize,
  n: i32,
  positives: u32,
  tpr: f64,
  steps: u32,
  counts: usize,
  countsSize: i32,
  sums: usize,
  sumsSize: i32,
  begin: f64,
  end: f64,
): i32 {
  if (positives > <u32>n) return INTERNAL
  const middle = keys + (<usize>positives << 2)
  const last = keys + (<usize>n << 2)
  const until = min<u64>(n, <u64>end)
  while (load<u64>(counts, TRUE_POSITIVES) + load<u64>(counts, FALSE_POSITIVES) < until) {
    const tp = load<u64>(counts, TRUE_POSITIVES)
    const fp = load<u64>(counts, FALSE_POSITIVES)
    const at = keys + <usize>(tp << 2)
    const from = middle + <usize>(fp << 2)
    // Groups without a positive: the precision gains +0, F1 falls, and the rate is what it was before; before the first
    // group there is none.
    let to = from
    if (at === middle) to = last
    else for (const next = load<u32>(at); to < last && load<u32>(to) < next; ) to += 4
    if (to > from) {
      if (tp + fp === 0) look(counts, positives, tpr, equalKeys(from, to, load<u32>(from)))
      const passed = <u64>((to - from) >> 2)
      store<u64>(counts, load<u64>(counts, TWICE_U) + passed * 2 * tp, TWICE_U)
      store<u64>(counts, fp + passed, FALSE_POSITIVES)
    } else {
      const key = load<u32>(at)
      endGroup(counts, sums, key, equalKeys(at, middle, key), equalKeys(from, last, key), positives, tpr)
    }
  }
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
