/**
 * The low-level functions, by topic. A topic's rows stand in `abi/<topic>.ts`, its code in
 * `native/anomaly-energy/src/<topic>.rs` and `wasm/anomaly-energy/assembly/<topic>.ts`.
 *
 * What the comments of the rows mean:
 * - Arithmetic is f32 on f32 values and f64 on f64 values, one rounding per operation, never fused, in the
 *   order written; `f32(v)` rounds. An f64 scalar that enters f32 arithmetic is rounded to f32 first.
 * - `sum16`: a sum of f32 in 16 accumulators that start at +0; element i goes to accumulator i mod 16; then
 *   a[j] + a[j + 8] for j < 8, a[j] + a[j + 4] for j < 4, a[j] + a[j + 2] for j < 2, a[0] + a[1].
 * - `sum8`: the same in f64 with 8 accumulators.
 * - "in order" is a plain loop with one accumulator that starts at +0, indices ascending. Vectors go across
 *   independent sums.
 * - `min2(a, b)` is b < a ? b : a, `max2(a, b)` is a < b ? b : a, `clamp(v, lo, hi)` is min2(max2(v, lo), hi).
 * - A NaN that is written is 0x7fc00000. Data are finite unless a row says otherwise; a row may not trap on others.
 * - Tolerance `relative t`: |found − expected| ≤ t · max|expected| over the output array.
 * - All arrays are row-major; a batch of images is [n][c][h][w]. tri(d) = d (d + 1) / 2; a packed triangle has
 *   element (i, j), j ≤ i, at i (i + 1) / 2 + j.
 */
import { defineAbi, type Samples } from '@ukernels/runtime'
import { adamRows } from './abi/adam.js'
import { cdfRows } from './abi/cdf.js'
import { componentRows } from './abi/components.js'
import { convRows } from './abi/conv.js'
import { gaussianRows } from './abi/gaussian.js'
import { imageSamples } from './abi/image-samples.js'
import { langevinRows } from './abi/langevin.js'
import { lseRows } from './abi/lse.js'
import { mapRows } from './abi/maps.js'
import { metricRows } from './abi/metrics.js'
import { neighborRows } from './abi/neighbors.js'
import { patchRows } from './abi/patch.js'
import { randomRows } from './abi/random.js'
import { rankSamples } from './abi/rank-samples.js'
import { gaussianSamples } from './abi/samples.js'
import { sortRows } from './abi/sort.js'
import { subspaceRows } from './abi/subspace.js'

export const abi = defineAbi('anomaly-energy', {
  ...lseRows,
  ...gaussianRows,
  ...subspaceRows,
  ...patchRows,
  ...convRows,
  ...langevinRows,
  ...adamRows,
  ...neighborRows,
  ...mapRows,
  ...sortRows,
  ...metricRows,
  ...componentRows,
  ...cdfRows,
  ...randomRows,
})
export type AnomalyEnergyAbi = typeof abi

/** Valid and nasty arguments of every row. */
export const samples: Samples<AnomalyEnergyAbi> = { ...gaussianSamples, ...imageSamples, ...rankSamples }
