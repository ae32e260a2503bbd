/** What is done to images of scores: resampling, reduction of channels, sums of magnitudes, colors. */
import { loadPartial, magnitudes, pairAt, storePartial } from '../../common/assembly/lanes'
import { addToEight, storeEight, sumEight } from '../../common/assembly/sums'

export { blur } from './blur'

/** Resampling from tables of source lines and columns with their weights; see the table. */
export function resize(
  x: usize,
  xSize: i32,
  yIndex: usize,
  yIndexSize: i32,
  yWeight: usize,
  yWeightSize: i32,
  xIndex: usize,
  xIndexSize: i32,
  xWeight: usize,
  xWeightSize: i32,
  planes: i32,
  h: i32,
  w: i32,
  outH: i32,
  outW: i32,
  rows: i32,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const pitch = <usize>w << 2
  for (let row = <u32>begin; row < <u32>end; row++) {
    const plane = x + <usize>(row / outH) * <usize>h * pitch
    const line = <usize>(row % outH)
    const upper = plane + <usize>load<u32>(yIndex + (line << 3)) * pitch
    const lower = plane + <usize>load<u32>(yIndex + (line << 3), 4) * pitch
    resizeLine(upper, lower, load<f32>(yWeight + (line << 2)), xIndex, xWeight, outW, out)
    out += <usize>outW << 2
  }
  return 0
}

/** Four elements of a line, at the columns that two vectors of indices hold. */
// @ts-ignore: decorator
@inline
function gather(line: usize, index: usize): v128 {
  let v = v128.load32_zero(line + (<usize>load<u32>(index) << 2))
  v = v128.load32_lane(line + (<usize>load<u32>(index, 8) << 2), v, 1)
  v = v128.load32_lane(line + (<usize>load<u32>(index, 16) << 2), v, 2)
  return v128.load32_lane(line + (<usize>load<u32>(index, 24) << 2), v, 3)
}

function resizeLine(upper: usize, lower: usize, s: f32, xIndex: usize, xWeight: usize, n: i32, out: usize): void {
  const last = out + (<usize>n << 2)
  const weights = f32x4.splat(s)
  for (; out + 16 <= last; out += 16) {
    const t = v128.load(xWeight)
    const upperA = gather(upper, xIndex)
    const lowerA = gather(lower, xIndex)
    const top = f32x4.add(upperA, f32x4.mul(t, f32x4.sub(gather(upper, xIndex + 4), upperA)))
    const bottom = f32x4.add(lowerA, f32x4.mul(t, f32x4.sub(gather(lower, xIndex + 4), lowerA)))
    v128.store(out, f32x4.add(top, f32x4.mul(weights, f32x4.sub(bottom, top))))
    xIndex += 32
    xWeight += 16
  }
  for (; out < last; out += 4) {
    const a = <usize>load<u32>(xIndex) << 2
    const b = <usize>load<u32>(xIndex, 4) << 2
    const t = load<f32>(xWeight)
    const top = load<f32>(upper + a) + t * (load<f32>(upper + b) - load<f32>(upper + a))
    const bottom = load<f32>(lower + a) + t * (load<f32>(lower + b) - load<f32>(lower + a))
    store<f32>(out, top + s * (bottom - top))
    xIndex += 8
    xWeight += 4
  }
}

/** One more channel: how 0: s + |g|; 1 and 3: s + g·g; 2: the larger of s and |g|. */
// @ts-ignore: decorator
@inline
function reduceStep(s: v128, g: v128, how: i32): v128 {
  if (how === 0) return f32x4.add(s, magnitudes(g))
  if (how === 2) return f32x4.pmax(s, magnitudes(g))
  return f32x4.add(s, f32x4.mul(g, g))
}

// @ts-ignore: decorator
@inline
function reducePixels(g: usize, c: i32, pitch: usize, how: i32, bytes: usize, out: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    let s = f32x4.splat(0)
    const left = <i32>((bytes - at) >> 2)
    for (let ch = 0, from = g + at; ch < c; ch++) {
      s = reduceStep(s, loadPartial(from, left), how)
      from += pitch
    }
    if (how === 1) s = f32x4.sqrt(s)
    storePartial(out + at, s, left)
  }
}

/** One map from the channels of g; see the table. */
export function reduceChannels(
  g: usize,
  gSize: i32,
  n: i32,
  c: i32,
  plane: i32,
  how: i32,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const pitch = <usize>plane << 2
  for (let image = <u32>begin; image < <u32>end; image++) {
    if (how === 0) reducePixels(g, c, pitch, 0, pitch, out)
    else if (how === 1) reducePixels(g, c, pitch, 1, pitch, out)
    else if (how === 2) reducePixels(g, c, pitch, 2, pitch, out)
    else reducePixels(g, c, pitch, 3, pitch, out)
    g += <usize>c * pitch
    out += pitch
  }
  return 0
}

/** The larger element of each lane: a < b ? b : a, so that a NaN on the right is left out. */
// @ts-ignore: decorator
@inline
function larger(peak: v128, x: usize): v128 {
  return f32x4.pmax(peak, f32x4.abs(v128.load(x)))
}

/** Largest of |x|. */
function largest(x: usize, w: i32): f32 {
  let p0 = f32x4.splat(0)
  let p1 = p0
  let end = x + (<usize>(w & ~7) << 2)
  for (; x < end; x += 32) {
    p0 = larger(p0, x)
    p1 = larger(p1, x + 16)
  }
  p0 = f32x4.pmax(p0, p1)
  p0 = f32x4.pmax(p0, v128.shuffle<i32>(p0, p0, 2, 3, 0, 1))
  let peak = max2(f32x4.extract_lane(p0, 0), f32x4.extract_lane(p0, 1))
  end += <usize>(w & 7) << 2
  for (; x < end; x += 4) peak = max2(peak, abs(load<f32>(x)))
  return peak
}

// @ts-ignore: decorator
@inline
function max2(a: f32, b: f32): f32 {
  return a < b ? b : a
}

/** sum8 of w elements, in f64. */
export function sum8Of(x: usize, w: i32): f64 {
  const end = x + (<usize>(w & ~7) << 2)
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (; x < end; x += 32) {
    s0 = f64x2.add(s0, pairAt<f32>(x))
    s1 = f64x2.add(s1, pairAt<f32>(x + 8))
    s2 = f64x2.add(s2, pairAt<f32>(x + 16))
    s3 = f64x2.add(s3, pairAt<f32>(x + 24))
  }
  storeEight(s0, s1, s2, s3)
  for (let i: usize = 0; i < <usize>(w & 7); i++) addToEight(i, <f64>load<f32>(x + (i << 2)))
  return sumEight()
}

function sumOfMagnitudes(x: usize, w: i32): f64 {
  const end = x + (<usize>(w & ~7) << 2)
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (; x < end; x += 32) {
    s0 = f64x2.add(s0, f64x2.abs(pairAt<f32>(x)))
    s1 = f64x2.add(s1, f64x2.abs(pairAt<f32>(x + 8)))
    s2 = f64x2.add(s2, f64x2.abs(pairAt<f32>(x + 16)))
    s3 = f64x2.add(s3, f64x2.abs(pairAt<f32>(x + 24)))
  }
  storeEight(s0, s1, s2, s3)
  for (let i: usize = 0; i < <usize>(w & 7); i++) addToEight(i, abs(<f64>load<f32>(x + (i << 2))))
  return sumEight()
}

// @ts-ignore: decorator
@inline
function squares(x: usize): v128 {
  const v = pairAt<f32>(x)
  return f64x2.mul(v, v)
}

/** sum8 of the squares of w elements, in f64. */
export function sumOfSquares(x: usize, w: i32): f64 {
  const end = x + (<usize>(w & ~7) << 2)
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (; x < end; x += 32) {
    s0 = f64x2.add(s0, squares(x))
    s1 = f64x2.add(s1, squares(x + 8))
    s2 = f64x2.add(s2, squares(x + 16))
    s3 = f64x2.add(s3, squares(x + 24))
  }
  storeEight(s0, s1, s2, s3)
  for (let i: usize = 0; i < <usize>(w & 7); i++) {
    const v = <f64>load<f32>(x + (i << 2))
    addToEight(i, v * v)
  }
  return sumEight()
}

/** Per line: Σ|x|, Σx², max|x|. */
export function absReduce(
  x: usize,
  xSize: i32,
  w: i32,
  rows: i32,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  for (let row = <u32>begin; row < <u32>end; row++) {
    store<f64>(out, sumOfMagnitudes(x, w))
    store<f64>(out, sumOfSquares(x, w), 8)
    store<f64>(out, <f64>largest(x, w), 16)
    x += <usize>w << 2
    out += 24
  }
  return 0
}

/** Offsets of palette entries for four values: t = (v − lo)·factor cut to 0 … 255, NaN being 0. */
// @ts-ignore: decorator
@inline
function entries(v: v128, lo: v128, factor: v128): v128 {
  const t = i32x4.trunc_sat_f32x4_s(f32x4.mul(f32x4.sub(v, lo), factor))
  return i32x4.shl(i32x4.max_s(i32x4.min_s(t, i32x4.splat(255)), i32x4.splat(0)), 2)
}

/** Colors of n values; see the table. */
export function rgba(
  x: usize,
  n: i32,
  lo: f64,
  factor: f64,
  palette: usize,
  paletteSize: i32,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const least = f32x4.splat(<f32>lo)
  const scale = f32x4.splat(<f32>factor)
  const last = x + (<usize>n << 2)
  for (; x + 16 <= last; x += 16) {
    const at = entries(v128.load(x), least, scale)
    store<u32>(out, load<u32>(palette + <usize>i32x4.extract_lane(at, 0)))
    store<u32>(out, load<u32>(palette + <usize>i32x4.extract_lane(at, 1)), 4)
    store<u32>(out, load<u32>(palette + <usize>i32x4.extract_lane(at, 2)), 8)
    store<u32>(out, load<u32>(palette + <usize>i32x4.extract_lane(at, 3)), 12)
    out += 16
  }
  for (; x < last; x += 4) {
    const at = entries(v128.load32_zero(x), least, scale)
    store<u32>(out, load<u32>(palette + <usize>i32x4.extract_lane(at, 0)))
    out += 4
  }
  return 0
}
