/**
 * Connected components of a mask by runs. First pass: every maximal run of set pixels of a row gets the
 * next number and is joined with the runs of the row above that touch it; a set is named by its smallest
 * number. Runs are numbered in raster order, so the sets' names are in the order of their first pixels.
 * Second pass: the same runs again, each filled with the label of its set.
 */

/** First index from i on, below n, whose byte is set (`set`) or zero; n when there is none. */
// @ts-ignore: decorator
@inline
function findByte(row: usize, i: i32, n: i32, set: bool): i32 {
  while (i + 16 <= n) {
    const zeros = i8x16.bitmask(i8x16.eq(v128.load(row + <usize>i), i8x16.splat(0)))
    const found = set ? ~zeros & 0xffff : zeros
    if (found !== 0) return i + ctz(found)
    i += 16
  }
  while (i < n && (load<u8>(row + <usize>i) !== 0) !== set) i++
  return i
}

/** Name of the set of run `run`; paths are halved on the way. */
function rootOf(parents: usize, run: u32): u32 {
  for (;;) {
    const parent = load<u32>(parents + (<usize>run << 2))
    if (parent === run) return run
    const above = load<u32>(parents + (<usize>parent << 2))
    store<u32>(parents + (<usize>run << 2), above)
    run = above
  }
}

/** Joins the sets of two runs; the smaller name stays. */
function join(parents: usize, a: u32, b: u32): void {
  const ra = rootOf(parents, a)
  const rb = rootOf(parents, b)
  if (ra < rb) store<u32>(parents + (<usize>rb << 2), ra)
  else store<u32>(parents + (<usize>ra << 2), rb)
}
