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
  let parent = load<u32>(parents + (<usize>run << 2))
  while (parent !== run) {
    const above = load<u32>(parents + (<usize>parent << 2))
    store<u32>(parents + (<usize>run << 2), above)
    run = above
    parent = load<u32>(parents + (<usize>run << 2))
  }
  return run
}

/** Joins the sets of two runs; the smaller name stays. */
function join(parents: usize, a: u32, b: u32): void {
  const ra = rootOf(parents, a)
  const rb = rootOf(parents, b)
  if (ra < rb) store<u32>(parents + (<usize>rb << 2), ra)
  else store<u32>(parents + (<usize>ra << 2), rb)
}

/**
 * Gives numbers to the runs of `row` and joins them with the runs of the row above, numbered from
 * `aboveFirst`; `reach` is 1 where corners connect. Returns the next free number.
 */
function linkRow(above: usize, row: usize, w: i32, aboveFirst: u32, next: u32, reach: i32, parents: usize): u32 {
  let upper = aboveFirst
  const aboveEnd = next
  let a = above === 0 ? w : findByte(above, 0, w, true)
  let b = a < w ? findByte(above, a, w, false) : w
  for (let begin = findByte(row, 0, w, true); begin < w; ) {
    const end = findByte(row, begin, w, false)
    store<u32>(parents + (<usize>next << 2), next)
    while (upper < aboveEnd && a < end + reach) {
      if (b + reach > begin) join(parents, upper, next)
      // A run that goes on behind this one may touch the next, too.
      if (b + reach > end) break
      upper++
      a = findByte(above, b, w, true)
      b = a < w ? findByte(above, a, w, false) : w
    }
    next++
    begin = findByte(row, end, w, true)
  }
  return next
}

/** Parents become labels 1, 2, … in the order of the sets' names. Returns how many there are. */
function nameSets(parents: usize, runs: u32): u32 {
  let labels: u32 = 0
  for (let run: u32 = 0; run < runs; run++) {
    const at = parents + (<usize>run << 2)
    const parent = load<u32>(at)
    // A parent is smaller than its children, so it already holds its label.
    store<u32>(at, parent === run ? ++labels : load<u32>(parents + (<usize>parent << 2)))
  }
  return labels
}

function fillLabels(to: usize, from: i32, end: i32, label: u32): void {
  const v = i32x4.splat(label)
  for (; from + 4 <= end; from += 4) v128.store(to + (<usize>from << 2), v)
  for (; from < end; from++) store<u32>(to + (<usize>from << 2), label)
}

/**
 * Labels of the components of mask[h][w] (set where not zero): 0 for background, then 1, 2, … in raster
 * order of each component's first pixel. `parents` holds h·⌈w / 2⌉ words. Returns the number of components.
 */
function labelMask(mask: usize, h: i32, w: i32, eight: bool, labels: usize, parents: usize): u32 {
  let above: usize = 0
  let aboveFirst: u32 = 0
  let next: u32 = 0
  for (let y = 0; y < h; y++) {
    const row = mask + <usize>y * <usize>w
    const after = linkRow(above, row, w, aboveFirst, next, i32(eight), parents)
    above = row
    aboveFirst = next
    next = after
  }
  const count = nameSets(parents, next)
  let run = parents
  for (let y = 0; y < h; y++) {
    const row = mask + <usize>y * <usize>w
    const to = labels + ((<usize>y * <usize>w) << 2)
    for (let at = 0; at < w; ) {
      const begin = findByte(row, at, w, true)
      fillLabels(to, at, begin, 0)
      at = begin < w ? findByte(row, begin, w, false) : w
      if (begin === w) break
      fillLabels(to, begin, at, load<u32>(run))
      run += 4
    }
  }
  return count
}

/** Labels of every image of a chunk; see the table. */
export function components(
  masks: usize,
  masksSize: i32,
  n: i32,
  h: i32,
  w: i32,
  connectivity: i32,
  labels: usize,
  labelsSize: i32,
  counts: usize,
  countsSize: i32,
  parents: usize,
  parentsSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const plane = <usize>h * <usize>w
  for (let image = begin; image < end; image++) {
    store<u32>(counts, labelMask(masks, h, w, connectivity === 8, labels, parents))
    masks += plane
    labels += plane << 2
    counts += 4
  }
  return 0
}
