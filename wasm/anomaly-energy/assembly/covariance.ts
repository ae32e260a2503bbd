/** Means and scatter matrices of blocks of rows, and their merging. */
import { pairAt } from '../../common/assembly/lanes'
import { outerSums } from '../../common/assembly/linalg'

/** Rows of a block. */
const BLOCK: i32 = 256

/** Mean of a column over n rows, then the rows less it to `to`. */
function centerColumn<T>(x: usize, pitch: usize, n: i32, to: usize, toPitch: usize): f64 {
  let s: f64 = 0
  for (let i = 0, at = x; i < n; i++, at += pitch) s += <f64>load<T>(at)
  const mean = s / <f64>n
  for (let i = 0, at = x; i < n; i++, at += pitch, to += toPitch) store<f64>(to, <f64>load<T>(at) - mean)
  return mean
}

/** The same for eight columns side by side, whose means go to `means`. */
function centerEight<T>(x: usize, pitch: usize, n: i32, to: usize, toPitch: usize, means: usize): void {
  const step = sizeof<T>() * 2
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (let i = 0, at = x; i < n; i++, at += pitch) {
    s0 = f64x2.add(s0, pairAt<T>(at))
    s1 = f64x2.add(s1, pairAt<T>(at + step))
    s2 = f64x2.add(s2, pairAt<T>(at + 2 * step))
    s3 = f64x2.add(s3, pairAt<T>(at + 3 * step))
  }
  const size = f64x2.splat(<f64>n)
  s0 = f64x2.div(s0, size)
  s1 = f64x2.div(s1, size)
  s2 = f64x2.div(s2, size)
  s3 = f64x2.div(s3, size)
  v128.store(means, s0)
  v128.store(means, s1, 16)
  v128.store(means, s2, 32)
  v128.store(means, s3, 48)
  for (let i = 0, at = x; i < n; i++, at += pitch, to += toPitch) {
    v128.store(to, f64x2.sub(pairAt<T>(at), s0))
    v128.store(to, f64x2.sub(pairAt<T>(at + step), s1), 16)
    v128.store(to, f64x2.sub(pairAt<T>(at + 2 * step), s2), 32)
    v128.store(to, f64x2.sub(pairAt<T>(at + 3 * step), s3), 48)
  }
}

const EIGHT: usize = memory.data(64, 16)

/**
 * Centers columns [from, d) of n rows; element (r, j) goes to centered[r][j] of pitch d. Columns [from, to)
 * leave their means at `means`.
 */
function centerBlock<T>(x: usize, n: i32, d: i32, from: i32, to: i32, centered: usize, means: usize): void {
  const pitch = <usize>d * sizeof<T>()
  const toPitch = <usize>d << 3
  let j = from
  for (; j + 8 <= d; j += 8) {
    centerEight<T>(x + <usize>j * sizeof<T>(), pitch, n, centered + (<usize>j << 3), toPitch, EIGHT)
    for (let k = j; k < min(j + 8, to); k++) {
      store<f64>(means + (<usize>(k - from) << 3), load<f64>(EIGHT + (<usize>(k - j) << 3)))
    }
  }
  for (; j < d; j++) {
    const mean = centerColumn<T>(x + <usize>j * sizeof<T>(), pitch, n, centered + (<usize>j << 3), toPitch)
    if (j < to) store<f64>(means + (<usize>(j - from) << 3), mean)
  }
}

function blocksOf<T>(x: usize, n: i32, d: i32, means: usize, m2: usize, centered: usize, begin: f64, end: f64): void {
  const last = <u32>end
  for (let r = <u32>begin; r < last; ) {
    const block = <i32>(r / d)
    const from = <i32>(r % d)
    const to = <i32>min<u32>(d, from + (last - r))
    const rows = min(BLOCK, n - block * BLOCK)
    centerBlock<T>(x + <usize>(block * BLOCK) * <usize>d * sizeof<T>(), rows, d, from, to, centered, means)
    outerSums(centered, d, 0, rows, from, to, from, d, m2 + (<usize>from << 3), d)
    for (let i = from; i < to; i++) {
      memory.fill(m2, 0, <usize>i << 3)
      m2 += <usize>d << 3
    }
    means += <usize>(to - from) << 3
    r += to - from
  }
}

/** Rows begin … end − 1 of the blocks' scatter matrices; see the table. */
export function covBlocks(
  x: usize,
  xSize: i32,
  n: i32,
  d: i32,
  rows: i32,
  means: usize,
  meansSize: i32,
  m2: usize,
  m2Size: i32,
  centered: usize,
  centeredSize: i32,
  begin: f64,
  end: f64,
): i32 {
  blocksOf<f32>(x, n, d, means, m2, centered, begin, end)
  return 0
}

/** `covBlocks` of f64. */
export function covBlocks64(
  x: usize,
  xSize: i32,
  n: i32,
  d: i32,
  rows: i32,
  means: usize,
  meansSize: i32,
  m2: usize,
  m2Size: i32,
  centered: usize,
  centeredSize: i32,
  begin: f64,
  end: f64,
): i32 {
  blocksOf<f64>(x, n, d, means, m2, centered, begin, end)
  return 0
}

/** m2_j = (m2_j + block_j) + (δ · (means_j − mean_j)) · g for n numbers, mean being the one before the block. */
export function mergeRow(m2: usize, block: usize, delta: f64, g: f64, means: usize, mean: usize, n: i32): void {
  const deltas = f64x2.splat(delta)
  const factor = f64x2.splat(g)
  for (; n >= 2; n -= 2) {
    const other = f64x2.sub(v128.load(means), v128.load(mean))
    const cross = f64x2.mul(f64x2.mul(deltas, other), factor)
    v128.store(m2, f64x2.add(f64x2.add(v128.load(m2), v128.load(block)), cross))
    m2 += 16
    block += 16
    means += 16
    mean += 16
  }
  if (n === 0) return
  const cross = delta * (load<f64>(means) - load<f64>(mean)) * g
  store<f64>(m2, load<f64>(m2) + load<f64>(block) + cross)
}

/** mean = mean + (means − mean) · f for n numbers. */
export function mergeMean(mean: usize, means: usize, f: f64, n: i32): void {
  for (const end = mean + (<usize>n << 3); mean < end; mean += 8) {
    const before = load<f64>(mean)
    store<f64>(mean, before + (load<f64>(means) - before) * f)
    means += 8
  }
}

/** Rows begin … end − 1 of a running scatter matrix; see the table. */
export function covMerge(
  count: f64,
  blocks: i32,
  d: i32,
  rows: i32,
  sizes: usize,
  sizesSize: i32,
  means: usize,
  meansSize: i32,
  m2s: usize,
  m2sSize: i32,
  mean: usize,
  meanSize: i32,
  newMean: usize,
  newMeanSize: i32,
  m2: usize,
  m2Size: i32,
  running: usize,
  runningSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const first = <i32>begin
  const last = <i32>end
  const row = <usize>d << 3
  memory.copy(running, mean, row)
  let a = count
  for (let b = 0; b < blocks; b++) {
    const size = load<f64>(sizes + (<usize>b << 3))
    const total = a + size
    const f = size / total
    const g = a * f
    for (let i = first; i < last; i++) {
      const skip = <usize>i << 3
      const to = m2 + <usize>(i - first) * row + skip
      const from = m2s + <usize>(b * d + i) * row + skip
      if (a === 0) memory.copy(to, from, row - skip)
      else {
        const delta = load<f64>(means + skip) - load<f64>(running + skip)
        mergeRow(to, from, delta, g, means + skip, running + skip, d - i)
      }
    }
    if (a === 0) memory.copy(running, means, row)
    else mergeMean(running, means, f, d)
    a = total
    means += row
  }
  memory.copy(newMean, running + (<usize>first << 3), <usize>(last - first) << 3)
  return 0
}

/** Adds a block of n images to the mean and scatter of a chunk of locations; see the table. */
export function locationCov(
  v: usize,
  vSize: i32,
  n: i32,
  c: i32,
  rows: i32,
  count: f64,
  mean: usize,
  meanSize: i32,
  m2: usize,
  m2Size: i32,
  block: usize,
  blockSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const size = <f64>n
  const f = size / (count + size)
  const g = count * f
  const means = block + (<usize>(n * c) << 3)
  const scatter = means + (<usize>c << 3)
  for (let u = begin; u < end; u++) {
    centerBlock<f32>(v, n, c, 0, c, block, means)
    for (let i = 0; i < c; i += 4) {
      const to = min(c, i + 4)
      outerSums(block, c, 0, n, i, to, 0, to, scatter + (<usize>(i * c) << 3), c)
    }
    for (let i = 0; i < c; i++) {
      const row = scatter + (<usize>(i * c) << 3)
      const at = <usize>i << 3
      if (count === 0) memory.copy(m2, row, at + 8)
      else mergeRow(m2, row, load<f64>(means + at) - load<f64>(mean + at), g, means, mean, i + 1)
      m2 += at + 8
    }
    if (count === 0) memory.copy(mean, means, <usize>c << 3)
    else mergeMean(mean, means, f, c)
    mean += <usize>c << 3
    v += <usize>(n * c) << 2
  }
  return 0
}
