/**
 * Separable blur with a symmetric kernel: a chunk of lines goes down the columns first, sixteen columns at a
 * time, then each line goes along itself. Vectors may read past a line, which is harmless, but never write
 * past it.
 */

/**
 * Lines of a chunk, taps that are added together, and the sixteen columns of the lines they read above and
 * below, side by side: in the image they may be a power of two apart, and share few places of the cache.
 */
const CHUNK = 32
const BLOCK = 64
const ABOVE: usize = memory.data(64 * 96, 16)
const BELOW: usize = memory.data(64 * 96, 16)
/** The last outputs of a line. */
const LAST: usize = memory.data(64, 16)

/** Index in [0, n) of element i of an endlessly reflected line: d c b a | a b c d | d c b a. */
function reflect(i: i32, n: i32): i32 {
  const period = 2 * n
  let m = i % period
  if (m < 0) m += period
  return m < n ? m : period - 1 - m
}

/** Sixteen columns times the middle tap. */
// @ts-ignore: decorator
@inline
function scaleColumns(x: usize, tap: usize, to: usize): void {
  const k = v128.load32_splat(tap)
  v128.store(to, f32x4.mul(k, v128.load(x)))
  v128.store(to, f32x4.mul(k, v128.load(x, 16)), 16)
  v128.store(to, f32x4.mul(k, v128.load(x, 32)), 32)
  v128.store(to, f32x4.mul(k, v128.load(x, 48)), 48)
}

/** Adds taps to sixteen columns: lines `up`, then those before it, and `down`, then those behind it. */
function addColumns(taps: usize, count: i32, up: usize, down: usize, to: usize): void {
  let a0 = v128.load(to)
  let a1 = v128.load(to, 16)
  let a2 = v128.load(to, 32)
  let a3 = v128.load(to, 48)
  for (const end = taps + (<usize>count << 2); taps < end; taps += 4) {
    const k = v128.load32_splat(taps)
    a0 = f32x4.add(a0, f32x4.mul(k, f32x4.add(v128.load(up), v128.load(down))))
    a1 = f32x4.add(a1, f32x4.mul(k, f32x4.add(v128.load(up, 16), v128.load(down, 16))))
    a2 = f32x4.add(a2, f32x4.mul(k, f32x4.add(v128.load(up, 32), v128.load(down, 32))))
    a3 = f32x4.add(a3, f32x4.mul(k, f32x4.add(v128.load(up, 48), v128.load(down, 48))))
    up -= 64
    down += 64
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, a2, 32)
  v128.store(to, a3, 48)
}

/** Sixteen columns of `lines` lines from `first` on, the image being reflected. */
function copyColumns(plane: usize, h: i32, pitch: usize, first: i32, lines: i32, to: usize): void {
  for (let i = first; i < first + lines; i++) {
    const from = plane + <usize>reflect(i, h) * pitch
    v128.store(to, v128.load(from))
    v128.store(to, v128.load(from, 16), 16)
    v128.store(to, v128.load(from, 32), 32)
    v128.store(to, v128.load(from, 48), 48)
    to += 64
  }
}

/** Sixteen columns (`bytes` of them exist) of lines y … y + lines − 1, blurred downwards. */
function columnsOf(
  plane: usize,
  h: i32,
  pitch: usize,
  y: i32,
  lines: i32,
  taps: usize,
  r: i32,
  out: usize,
  bytes: usize,
): void {
  for (let j = 0; j <= r; j += j === 0 ? 1 : BLOCK) {
    const count = min(BLOCK, r + 1 - j)
    if (j > 0) {
      copyColumns(plane, h, pitch, y - j - count + 1, lines + count - 1, ABOVE)
      copyColumns(plane, h, pitch, y + j, lines + count - 1, BELOW)
    }
    for (let i: usize = 0; i < <usize>lines; i++) {
      const line = out + i * pitch
      // The columns of the last vectors that lie outside are the next line's.
      const to = bytes < 64 ? LAST : line
      if (j === 0) scaleColumns(plane + (<usize>y + i) * pitch, taps, to)
      else {
        if (bytes < 64) memory.copy(LAST, line, bytes)
        const up = ABOVE + ((i + count - 1) << 6)
        addColumns(taps + (<usize>j << 2), count, up, BELOW + (i << 6), to)
      }
      if (bytes < 64) memory.copy(line, LAST, bytes)
    }
  }
}

/** Puts the r elements that a line repeats on either side beside it. */
function reflectLine(line: usize, w: i32, r: i32): void {
  for (let i = 1; i <= r; i++) {
    store<f32>(line - (<usize>i << 2), load<f32>(line + (<usize>reflect(-i, w) << 2)))
    const right = w - 1 + i
    store<f32>(line + (<usize>right << 2), load<f32>(line + (<usize>reflect(right, w) << 2)))
  }
}

/** Sixteen outputs along a line. */
function along16(x: usize, taps: usize, r: i32, to: usize): void {
  let k = v128.load32_splat(taps)
  let a0 = f32x4.mul(k, v128.load(x))
  let a1 = f32x4.mul(k, v128.load(x, 16))
  let a2 = f32x4.mul(k, v128.load(x, 32))
  let a3 = f32x4.mul(k, v128.load(x, 48))
  let left = x
  let right = x
  for (const end = taps + (<usize>r << 2); taps < end; ) {
    left -= 4
    right += 4
    taps += 4
    k = v128.load32_splat(taps)
    a0 = f32x4.add(a0, f32x4.mul(k, f32x4.add(v128.load(left), v128.load(right))))
    a1 = f32x4.add(a1, f32x4.mul(k, f32x4.add(v128.load(left, 16), v128.load(right, 16))))
    a2 = f32x4.add(a2, f32x4.mul(k, f32x4.add(v128.load(left, 32), v128.load(right, 32))))
    a3 = f32x4.add(a3, f32x4.mul(k, f32x4.add(v128.load(left, 48), v128.load(right, 48))))
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, a2, 32)
  v128.store(to, a3, 48)
}

/** Gaussian blur of lines begin … end − 1 of all planes; see the table. */
export function blur(
  x: usize,
  xSize: i32,
  taps: usize,
  tapsSize: i32,
  planes: i32,
  h: i32,
  w: i32,
  r: i32,
  rows: i32,
  out: usize,
  outSize: i32,
  scratch: usize,
  scratchSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const pitch = <usize>w << 2
  const line = scratch + (<usize>r << 2)
  for (let row = <u32>begin; row < <u32>end; ) {
    const plane = x + <usize>(row / h) * <usize>h * pitch
    const y = <i32>(row % h)
    const lines = <i32>min<u32>(min(CHUNK, h - y), <u32>end - row)
    for (let at: usize = 0; at < pitch; at += 64) {
      columnsOf(plane + at, h, pitch, y, lines, taps, r, out + at, min<usize>(64, pitch - at))
    }
    for (let i = 0; i < lines; i++) {
      memory.copy(line, out, pitch)
      reflectLine(line, w, r)
      let at: usize = 0
      for (; at + 64 <= pitch; at += 64) along16(line + at, taps, r, out + at)
      if (at < pitch) {
        along16(line + at, taps, r, LAST)
        memory.copy(out + at, LAST, pitch - at)
      }
      out += pitch
    }
    row += lines
  }
  return 0
}
