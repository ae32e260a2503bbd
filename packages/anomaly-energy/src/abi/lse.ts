/** Rows of the topic `lse`: free energy of logits. */
import { f64, input, min, output, report, row, span, u32 } from '@ukernels/runtime'

export const lseRows = {
  /**
   * E = −T·log Σ_k exp(f_k / T) per row, and its gradient −softmax(f / T). All in f32, exp and log the shared ones.
   *
   *   T = f32(temperature), r = 1 / T
   *   m = max f_k;  e_k = exp((f_k − m) · r);  s = sum16(e)
   *   energy = −(m + T · log(s));  gradient_k = −(e_k / s)
   *
   * Rows with values that aren't finite: a NaN makes energy and the whole gradient NaN. Else, when m = +Inf: e_k = 1
   * where f_k = +Inf and 0 elsewhere, energy = −Inf. When m = −Inf: e_k = 1, energy = +Inf. The gradient follows from
   * these e_k as above. A −Inf beside a finite m needs no care: exp(−Inf) = 0.
   * `firstNonFinite`: flat index of the first NaN or ±Inf.
   */
  freeEnergy: row([
    input('logits', 'f32', 'n * k'),
    u32('n'),
    u32('k', 1),
    f64('temperature'),
    output('energy', 'f32', 'n'),
    output('gradient', 'f32', 'n * k', { optional: true }),
    report({ firstNonFinite: min() }),
    span('n', 1024),
  ]),
}
