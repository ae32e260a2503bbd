/** Empirical distribution of calibration values. */

/** How many of n ascending values lie below v, or, with `equal`, at most at v. */
function countBelow(sorted: usize, n: i32, v: f32, equal: bool): i32 {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    const t = load<f32>(sorted + (<usize>middle << 2))
    if (t < v || (equal && t === v)) low = middle + 1
    else high = middle
  }
  return low
}

/** Tail probabilities of v under the sorted values; see the table. */
export function empiricalCdf(
  sorted: usize,
  m: i32,
  v: usize,
  n: i32,
  upper: usize,
  upperSize: i32,
  lower: usize,
  lowerSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const total = <f64>m + 1
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<f32>(v + (i << 2))
    const isNumber = value === value
    const above = m - countBelow(sorted, m, value, false)
    const below = countBelow(sorted, m, value, true)
    store<f64>(upper + (i << 3), isNumber ? (1 + <f64>above) / total : reinterpret<f64>(NAN_BITS))
    store<f64>(lower + (i << 3), isNumber ? (1 + <f64>below) / total : reinterpret<f64>(NAN_BITS))
  }
  return 0
}

/** Bits of the NaN that every backend writes as f64. */
const NAN_BITS: i64 = 0x7ff8000000000000
