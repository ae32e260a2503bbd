/**
 * Separable blur with a symmetric kernel, line by line: down the columns into a line of scratch, then along
 * that line. Vectors of sixteen outputs; reading past a line is harmless, writing past it is not.
 */

/** Taps whose lines are looked up together, and the addresses of the lines above and below. */
const BLOCK = 64
const LINES: usize = memory.data(8 * 64, 8)
/** The last outputs of a line. */
const LAST: usize = memory.data(64, 16)

/** Index in [0, n) of element i of an endlessly reflected line: d c b a | a b c d | d c b a. */
function reflect(i: i32, n: i32): i32 {
  const period = 2 * n
  let m = i % period
  if (m < 0) m += period
  return m < n ? m : period - 1 - m
}

/** to = tap · x, up to a whole sixteen. */
function scaleLine(x: usize, tap: usize, to: usize, w: i32): void {
  const k = v128.load32_splat(tap)
  for (const end = to + (<usize>w << 2); to < end; to += 16) {
    v128.store(to, f32x4.mul(k, v128.load(x)))
    x += 16
  }
}

/** Adds `count` taps of sixteen columns; the lines they read are those in `LINES`. */
function addColumns(at: usize, taps: usize, count: i32, to: usize): void {
  let a0 = v128.load(to)
  let a1 = v128.load(to, 16)
  let a2 = v128.load(to, 32)
  let a3 = v128.load(to, 48)
  for (let line = LINES, end = LINES + (<usize>count << 3); line < end; line += 8) {
    const up = load<usize>(line) + at
    const down = load<usize>(line, 4) + at
    const k = v128.load32_splat(taps)
    a0 = f32x4.add(a0, f32x4.mul(k, f32x4.add(v128.load(up), v128.load(down))))
    a1 = f32x4.add(a1, f32x4.mul(k, f32x4.add(v128.load(up, 16), v128.load(down, 16))))
    a2 = f32x4.add(a2, f32x4.mul(k, f32x4.add(v128.load(up, 32), v128.load(down, 32))))
    a3 = f32x4.add(a3, f32x4.mul(k, f32x4.add(v128.load(up, 48), v128.load(down, 48))))
    taps += 4
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, a2, 32)
  v128.store(to, a3, 48)
}

/** Line y of a plane blurred down the columns. */
function blurColumns(plane: usize, h: i32, w: i32, y: i32, taps: usize, r: i32, to: usize): void {
  const pitch = <usize>w << 2
  const bytes = <usize>w << 2
  scaleLine(plane + <usize>y * pitch, taps, to, w)
  for (let j = 1; j <= r; j += BLOCK) {
    const count = min(BLOCK, r + 1 - j)
    for (let k = 0; k < count; k++) {
      const line = LINES + (<usize>k << 3)
      store<usize>(line, plane + <usize>reflect(y - j - k, h) * pitch)
      store<usize>(line, plane + <usize>reflect(y + j + k, h) * pitch, 4)
    }
    for (let at: usize = 0; at < bytes; at += 64) addColumns(at, taps + (<usize>j << 2), count, to + at)
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
  for (let row = <u32>begin; row < <u32>end; row++) {
    const plane = x + <usize>(row / h) * <usize>h * pitch
    blurColumns(plane, h, w, <i32>(row % h), taps, r, line)
    reflectLine(line, w, r)
    let at: usize = 0
    for (; at + 64 <= pitch; at += 64) along16(line + at, taps, r, out + at)
    if (at < pitch) {
      along16(line + at, taps, r, LAST)
      memory.copy(out + at, LAST, pitch - at)
    }
    out += pitch
  }
  return 0
}
