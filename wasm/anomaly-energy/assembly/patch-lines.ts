/** Lines of images: centered pixels, and what a line adds to the patch energy. */
import { addToEight, storeEight, sumEight } from '../../common/assembly/sums'

/**
 * Lines [from, end) of all channels of an image less the channels' centers.
 *
 * @param pitch - bytes between lines of the result; the channels lie one after another
 */
export function centerLines(
  image: usize,
  center: usize,
  c: i32,
  h: i32,
  w: i32,
  from: i32,
  end: i32,
  to: usize,
  pitch: usize,
): void {
  for (let ch = 0; ch < c; ch++) {
    const mean = load<f32>(center + (<usize>ch << 2))
    const means = f32x4.splat(mean)
    for (let v = from; v < end; v++) {
      let x = image + ((<usize>(ch * h + v) * <usize>w) << 2)
      let at = to
      const last = to + (<usize>w << 2)
      for (; at + 16 <= last; at += 16) {
        v128.store(at, f32x4.sub(v128.load(x), means))
        x += 16
      }
      for (; at < last; at += 4) {
        store<f32>(at, load<f32>(x) - mean)
        x += 4
      }
      to += pitch
    }
  }
}

/** Two terms of a dot product. */
// @ts-ignore: decorator
@inline
function product(x: usize, g: usize, bias: usize): v128 {
  const xs = f64x2.promote_low_f32x4(v128.load64_zero(x))
  const gs = f64x2.promote_low_f32x4(v128.load64_zero(g))
  return f64x2.mul(xs, f64x2.add(gs, f64x2.promote_low_f32x4(v128.load64_zero(bias))))
}

/** sum8 of f64(x)·(f64(g) + f64(bias)) over a line of `width`. */
export function dotOf(x: usize, g: usize, bias: usize, width: i32): f64 {
  const tail = <usize>(width & 7) << 2
  const end = g + (<usize>(width & ~7) << 2)
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (; g < end; g += 32) {
    s0 = f64x2.add(s0, product(x, g, bias))
    s1 = f64x2.add(s1, product(x + 8, g + 8, bias + 8))
    s2 = f64x2.add(s2, product(x + 16, g + 16, bias + 16))
    s3 = f64x2.add(s3, product(x + 24, g + 24, bias + 24))
    x += 32
    bias += 32
  }
  storeEight(s0, s1, s2, s3)
  for (let i: usize = 0; i < tail; i += 4) {
    addToEight(i >> 2, <f64>load<f32>(x + i) * (<f64>load<f32>(g + i) + <f64>load<f32>(bias + i)))
  }
  return sumEight()
}
