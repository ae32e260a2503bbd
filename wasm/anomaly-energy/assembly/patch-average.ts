/** Patches as rows, and averages over the patches that hold a pixel. */
import { pairAt } from '../../common/assembly/lanes'

/** Copies a multiple of four bytes; the last vector overlaps the one before it. */
// @ts-ignore: decorator
@inline
function copyLine(from: usize, to: usize, bytes: usize): void {
  if (bytes < 16) {
    for (let at: usize = 0; at < bytes; at += 4) store<f32>(to + at, load<f32>(from + at))
    return
  }
  for (let at: usize = 0; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(from + at))
  v128.store(to + bytes - 16, v128.load(from + bytes - 16))
}

/** Patches begin … end − 1 behind `first` as rows; see the table. */
export function patchRows(
  x: usize,
  xSize: i32,
  n: i32,
  c: i32,
  h: i32,
  w: i32,
  p: i32,
  stride: i32,
  first: u32,
  count: u32,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const ny = <u32>((h - p) / stride + 1)
  const nx = <u32>((w - p) / stride + 1)
  const pitch = <usize>w << 2
  const plane = <usize>h * pitch
  const line = <usize>p << 2
  for (let k = first + <u32>begin; k < first + <u32>end; k++) {
    const y = (k / nx) % ny
    const image = x + <usize>(k / nx / ny) * <usize>c * plane
    let corner = image + <usize>(y * stride) * pitch + (<usize>((k % nx) * stride) << 2)
    for (let ch = 0; ch < c; ch++) {
      let from = corner
      for (let a = 0; a < p; a++) {
        copyLine(from, out, line)
        from += pitch
        out += line
      }
      corner += plane
    }
  }
  return 0
}

/** s(u) = Σ e(x) over the patches x of a line that hold column u. */
function sumAlong(e: usize, w: i32, p: i32, to: usize): void {
  for (let u = 0; u < w; ) {
    const from = max(0, u - p + 1)
    const last = min(u, w - p)
    // Pairs of columns that as many patches hold.
    if (u >= p - 1 && u + 1 <= w - p) {
      let s = f64x2.splat(0)
      for (let x = from; x <= last; x++) s = f64x2.add(s, pairAt<f32>(e + (<usize>x << 2)))
      v128.store(to + (<usize>u << 3), s)
      u += 2
      continue
    }
    let s: f64 = 0
    for (let x = from; x <= last; x++) s += <f64>load<f32>(e + (<usize>x << 2))
    store<f64>(to + (<usize>u << 3), s)
    u++
  }
}

/** Number of patches that hold pixel u of an axis of m. */
// @ts-ignore: decorator
@inline
function holders(u: i32, m: i32, p: i32): i32 {
  return min(u, m - p) - max(0, u - p + 1) + 1
}

/** Averages of a line: `count` lines of sums from `sums` on. */
function averageLine(sums: usize, count: i32, w: i32, p: i32, out: usize): void {
  const pitch = <usize>w << 3
  let u = 0
  for (; u + 2 <= w; u += 2) {
    let at = sums + (<usize>u << 3)
    let s = f64x2.splat(0)
    for (let y = 0; y < count; y++) {
      s = f64x2.add(s, v128.load(at))
      at += pitch
    }
    const size = f64x2(<f64>(count * holders(u, w, p)), <f64>(count * holders(u + 1, w, p)))
    v128.store64_lane(out + (<usize>u << 2), f32x4.demote_f64x2_zero(f64x2.div(s, size)), 0)
  }
  if (u < w) {
    let s: f64 = 0
    for (let y: usize = 0; y < <usize>count; y++) s += load<f64>(sums + y * pitch + (<usize>u << 3))
    store<f32>(out + (<usize>u << 2), <f32>(s / <f64>(count * holders(u, w, p))))
  }
}

/** Average at every pixel of lines begin … end − 1 over the patches that hold it; see the table. */
export function patchAverage(
  energies: usize,
  energiesSize: i32,
  n: i32,
  h: i32,
  w: i32,
  p: i32,
  rows: i32,
  out: usize,
  outSize: i32,
  sums: usize,
  sumsSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const pitch = <usize>w << 3
  const line = <usize>(w - p + 1) << 2
  const last = <u32>end
  for (let r = <u32>begin; r < last; ) {
    const v = <i32>(r % h)
    const stop = <i32>min<u32>(h, v + (last - r))
    const image = energies + <usize>(r / h) * <usize>(h - p + 1) * line
    const from = max(0, v - p + 1)
    const to = min(stop - 1, h - p)
    for (let y = from; y <= to; y++) sumAlong(image + <usize>y * line, w, p, sums + <usize>(y - from) * pitch)
    for (let i = v; i < stop; i++) {
      averageLine(sums + <usize>(max(0, i - p + 1) - from) * pitch, holders(i, h, p), w, p, out)
      out += <usize>w << 2
    }
    r += stop - v
  }
  return 0
}
