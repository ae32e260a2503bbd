/** Elements that overflowed and underflowed, over all tiles of a call. */
const COUNTS: usize = memory.data(8, 8)

export function clearCounts(): void {
  store<u64>(COUNTS, 0)
}

export function addCounts(overs: i32, unders: i32): void {
  store<i32>(COUNTS, load<i32>(COUNTS) + overs)
  store<i32>(COUNTS, load<i32>(COUNTS, 4) + unders, 4)
}

export function overflowed(): u32 {
  return load<u32>(COUNTS)
}

export function underflowed(): u32 {
  return load<u32>(COUNTS, 4)
}
