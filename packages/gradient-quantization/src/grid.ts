import { log, rangeError } from '@ukernels/runtime'
import { asFormat, type Format, sharedDecodeTable } from './formats.js'

/** The non-negative values of a format, 0 = q₀ < q₁ < … < q_K, and the cuts between them, with their logarithms. */
export interface Grid {
  /** q_i, i = 0 … K. */
  readonly values: Float64Array
  /** a_i = (q_{i−1} + q_i)/2, i = 1 … K: where rounding to nearest changes its mind; a_0 = 0, a_{K+1} = ∞. */
  readonly cuts: Float64Array
  /** ln q_i; ln q_0 = −∞. */
  readonly logValues: Float64Array
  /** ln a_i; ln a_0 = −∞, ln a_{K+1} = ∞. */
  readonly logCuts: Float64Array
  /** ln a₁, ln q₁, ln a₂, ln q₂, …, ln q_K. */
  readonly logPoints: Float64Array
  /** q₁/a₁, q₁/a₂, q₂/a₂, q₂/a₃, …, q_K/a_{K+1} = 0. */
  readonly ratios: Float64Array
}

const grids = new WeakMap<Format, Grid>()

function buildGrid(format: Format): Grid {
  // The released cast takes what overflows to the code after maxCode, one binade up.
  const top = format.maxCode + (format.compat ? 1 : 0)
  const values = Float64Array.from(sharedDecodeTable(format).subarray(0, top + 1))
  const cuts = new Float64Array(top + 2)
  for (let i = 1; i <= top; i++) cuts[i] = (values[i - 1] + values[i]) / 2
  cuts[top + 1] = Infinity
  const logValues = values.map(log)
  const logCuts = cuts.map(log)
  const logPoints = new Float64Array(2 * top)
  const ratios = new Float64Array(2 * top)
  for (let i = 1; i <= top; i++) {
    logPoints[2 * i - 2] = logCuts[i]
    logPoints[2 * i - 1] = logValues[i]
    ratios[2 * i - 2] = values[i] / cuts[i]
    ratios[2 * i - 1] = values[i] / cuts[i + 1]
  }
  return { values, cuts, logValues, logCuts, logPoints, ratios }
}

/** @throws RangeError `ERR_UKERNELS_RANGE` for the scale format e8m0fnu, which has no zero and no sign. */
export function gridOf(format: Format): Grid {
  const known = asFormat(format)
  let grid = grids.get(known)
  if (grid === undefined) {
    if (known.special === 'e8m0') throw rangeError('format must be an element format, got e8m0fnu')
    grid = buildGrid(known)
    grids.set(known, grid)
  }
  return grid
}
