import { canonical, NAN_BITS } from '../../common/assembly/lanes'
import { lookupStored, preparePlanes } from './lookup'
import { TILE, VALUES } from './tile'

const ACCUMULATE = 1

/** The NaN that all backends write, if v is one. */
// @ts-ignore: decorator
@inline
function canonicalScalar(v: f32): f32 {
  return v !== v ? reinterpret<f32>(NAN_BITS) : v
}

/** out[n] = out + f32(weight·v) or v, then / divisor; every operation in f32. */
export function combine(v: usize, n: i32, mode: u32, weight: f32, divisor: f32, out: usize): void {
  const w = f32x4.splat(weight)
  const d = f32x4.splat(divisor)
  const adds = mode === ACCUMULATE
  const end = out + (n << 2)
  for (const wide = out + ((n & ~3) << 2); out < wide; out += 16, v += 16) {
    let r = v128.load(v)
    if (adds) r = f32x4.add(v128.load(out), f32x4.mul(w, r))
    if (divisor !== 1) r = f32x4.div(r, d)
    v128.store(out, canonical(r))
  }
  for (; out < end; out += 4, v += 4) {
    let r = load<f32>(v)
    if (adds) r = load<f32>(out) + weight * r
    if (divisor !== 1) r = r / divisor
    store<f32>(out, canonicalScalar(r))
  }
}

/** Values of codes: stored, or added to out[n] with a weight; then divided by `divisor`. */
export function decode(
  codes: usize,
  codesLength: i32,
  lut: usize,
  lutLength: i32,
  bits: u32,
  width: u32,
  mode: u32,
  weight: f64,
  divisor: f64,
  out: usize,
  n: i32,
  begin: f64,
  end: f64,
): i32 {
  const plain = mode !== ACCUMULATE && divisor === 1
  if (bits <= 4) preparePlanes(lut)
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = out + (i << 2)
    const values = plain ? at : VALUES
    lookupStored(codes + ((i * width) >> 3), count, lut, bits, width, values)
    if (!plain) combine(VALUES, count, mode, <f32>weight, <f32>divisor, at)
  }
  return 0
}

/** out[n] += f32(weight·x), in f32. */
export function accumulate(x: usize, n: i32, weight: f64, out: usize, outLength: i32, begin: f64, end: f64): i32 {
  combine(x, n, ACCUMULATE, <f32>weight, 1, out)
  return 0
}
