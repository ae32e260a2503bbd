/** Rows of the topic `adam`: from partial gradients to new parameters. */
import { f64, inout, input, output, report, row, span, sum, u32 } from '@ukernels/runtime'

export const adamRows = {
  /**
   * Sum of `parts` gradients of `weights` numbers each, added in order from +0; count = weights. `squares` adds up, per
   * chunk, sum8 of f64(out)².
   */
  sumParts: row([
    input('parts', 'f32', 'groups * weights'),
    u32('groups', 1),
    u32('weights'),
    u32('count'),
    output('out', 'f32', 'count'),
    report({ squares: sum() }),
    span('count', 16384),
  ]),
  /**
   * Adam (Kingma and Ba 2015) and an exponential moving average, in one pass, f32. All f64 scalars are rounded to f32 first,
   * 1 − beta1, 1 − beta2 and 1 − decay after a subtraction in f64:
   *
   *   g = scale · gradient
   *   m = beta1 · m + (1 − beta1) · g;  v = beta2 · v + ((1 − beta2) · g) · g
   *   theta = theta − (rate · m) / (√v · root + epsilon)
   *   ema = decay · ema + (1 − decay) · theta
   *
   * rate = lr / (1 − beta1^t) and root = 1 / √(1 − beta2^t) come from the caller.
   */
  adamEma: row([
    inout('theta', 'f32', 'n'),
    input('gradient', 'f32', 'n'),
    inout('m', 'f32', 'n'),
    inout('v', 'f32', 'n'),
    inout('ema', 'f32', 'n'),
    f64('scale'),
    f64('beta1'),
    f64('beta2'),
    f64('rate'),
    f64('root'),
    f64('epsilon'),
    f64('decay'),
    span('n', 16384),
  ]),
}
