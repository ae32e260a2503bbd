// The every-kind fixture in AssemblyScript.
export { __heap_base }

export function shifted(
  x: usize,
  n: i32,
  weights: usize,
  weightCount: i32,
  shift: i32,
  keyLo: u32,
  keyHi: u32,
  copy: usize,
  copySize: i32,
  out: usize,
  outSize: i32,
): i32 {
  if (copySize != 2 * n) return -1
  const key = ((<u64>keyHi) << 32) | <u64>keyLo
  for (let i: usize = 0; i < <usize>n; i++) store<i64>(copy + 16 * i, load<i64>(x + 8 * i))
  for (let i: usize = 0; i < <usize>n; i++) {
    const weight: i64 = weights == 0 ? 1 : <i64>load<i16>(weights + 2 * i)
    store<u64>(out + 8 * i, <u64>load<i64>(copy + 16 * i) + <u64>weight + <u64>(<i64>shift) + key)
  }
  return 0
}

export function masked(bytes: usize, n: i32, mask: u32, report: usize, begin: f64, end: f64): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = <i8>(load<i8>(bytes + i) ^ <i8>mask)
    store<i8>(bytes + i, value)
    store<i64>(report, load<i64>(report, 8) + <i64>value, 8)
    if (<i64>value > load<i64>(report, 16)) store<i64>(report, <i64>value, 16)
    if (<i64>value < load<i64>(report, 24)) store<i64>(report, <i64>value, 24)
    if (value != 0) continue
    store<f64>(report, load<f64>(report) + 1)
    const index = begin + <f64>i
    if (index < load<f64>(report, 32)) store<f64>(report, index, 32)
  }
  return 0
}

export function create(slots: u32, state: usize): i32 {
  store<f64>(state, 0)
  return 0
}

export function accumulate(state: usize, x: usize, n: i32, out: usize, outSize: i32, begin: f64, end: f64): i32 {
  let sum = load<f64>(state)
  for (let i: usize = 0; i < <usize>n; i++) {
    sum += load<f64>(x + 8 * i)
    store<f64>(out + 8 * i, sum)
  }
  store<f64>(state, sum)
  return 0
}

export function positive(
  x: usize,
  n: i32,
  kept: usize,
  keptSize: i32,
  used: usize,
  flags: usize,
  flagCount: i32,
  begin: f64,
  end: f64,
): i32 {
  let count: usize = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const value = load<u16>(x + 2 * i)
    store<i32>(flags + 4 * i, value > 0 ? <i32>begin + <i32>i : -1)
    if (value > 0) store<u16>(kept + 2 * count++, value)
  }
  store<u32>(used, <u32>count)
  return 0
}

export function expand(
  repeats: usize,
  n: i32,
  source: usize,
  sourceSize: i32,
  used: usize,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  let count: i32 = 0
  for (let i: usize = 0; i < <usize>n; i++) {
    const taken = load<u8>(repeats + i) != 0
    if (taken && count == sourceSize) return 1
    store<u32>(out + 4 * i, taken ? load<u32>(source + 4 * <usize>count) : 0)
    count += i32(taken)
  }
  store<u32>(used, <u32>count)
  return 0
}

export function compare(a: f64, b: f64): i32 {
  return a < b ? 1 : a > b ? 2 : 0
}
