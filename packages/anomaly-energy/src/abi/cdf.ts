/** Rows of the topic `cdf`: empirical distribution of calibration values. */
import { input, output, row, span } from '@ukernels/runtime'

export const cdfRows = {
  /**
   * Tail probabilities of v under m ascending values, none of them NaN: upper = (1 + #{t ≥ v}) / (m + 1),
   * lower = (1 + #{t ≤ v}) / (m + 1), in f64. Comparisons are of f32 numbers (−0 = +0). A NaN v gives NaN for both.
   */
  empiricalCdf: row([
    input('sorted', 'f32', 'm'),
    input('v', 'f32', 'n'),
    output('upper', 'f64', 'n'),
    output('lower', 'f64', 'n'),
    span('n', 8192),
  ]),
}
