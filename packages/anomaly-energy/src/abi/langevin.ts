/** Rows of the topic `langevin`: sampling chains and descent. */
import { f64, inout, input, row, scratch, span, u32, u64 } from '@ukernels/runtime'
import { network } from './conv.js'

/** How a chain moves; the three numbers of a clip are f32 in the arithmetic. */
const motion = [
  u64('seed'),
  u32('chain0'),
  u32('step0'),
  f64('lambda'),
  f64('noise'),
  /** 0 none, 1 the step, 2 the gradient. */
  u32('clip', 0, 2),
  f64('clipAt'),
  f64('lo'),
  f64('hi'),
] as const

export const langevinRows = {
  /**
   * One step of n chains of `size` numbers each. Element e of chain i:
   *
   *   without g: y = x;  with g: y = x − d, d = clip 0: λ · g;  1: clamp(λ · g, −clipAt, clipAt);
   *     2: λ · clamp(g, −clipAt, clipAt)
   *   noise ≠ 0: y = y + noise · r, r the f32 normal of element e with counter (e >>> 2, chain0 + i, step0, 1), as in
   *     `randomFill`
   *   with g: y = clamp(y, lo, hi);  x = y
   *
   * lo = −Infinity and hi = Infinity leave x unclipped. u32 sums wrap.
   */
  langevinUpdate: row([
    inout('x', 'f32', 'n * size'),
    input('g', 'f32', 'n * size', { optional: true }),
    u32('n'),
    u32('size', 1),
    ...motion,
    span('n', 4),
  ]),
  /**
   * `steps` steps of n chains on a network; step k (from 0) has step0 + k. noiseFirst = 1: `langevinUpdate` without g,
   * then g = ∂energy / ∂x as `convEnergy` gives it, then `langevinUpdate` with g and noise 0. noiseFirst = 0: g, then one
   * `langevinUpdate` with g and the noise.
   */
  langevinRun: row(
    [
      ...network,
      inout('x', 'f32', 'n * (c * h * w)'),
      u32('c', 1),
      u32('h', 1),
      u32('w', 1),
      f64('scale'),
      f64('offset'),
      u32('n'),
      ...motion,
      u32('steps'),
      u32('noiseFirst', 0, 1),
      scratch('work', 'f32', '4 * activations + 256 * widest + 2 * weights + 4096'),
      scratch('gradient', 'f32', 'c * h * w'),
      span('n', 1),
    ],
    { determinism: 'relative 1e-4' },
  ),
  /**
   * One step of a descent map: t = x − x0; sign = t > 0 ? 1 : t < 0 ? −1 : 0;
   * x = clamp(x − clamp(α · (g + λ · sign), −clipAt, clipAt), lo, hi).
   */
  descentStep: row([
    inout('x', 'f32', 'n'),
    input('x0', 'f32', 'n'),
    input('g', 'f32', 'n'),
    f64('alpha'),
    f64('lambda'),
    f64('clipAt'),
    f64('lo'),
    f64('hi'),
    span('n', 65536),
  ]),
}
