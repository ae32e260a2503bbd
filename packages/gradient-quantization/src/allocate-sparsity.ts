import { checkOptions, found, integer, lengthError, noOptions, typeError } from '@ukernels/runtime'
import { checkShare } from './options.js'
import { type PruneThreshold, solveThreshold } from './prune-threshold.js'

/** A layer's gradient, as `allocateSparsity` sees it. */
export interface SparsityLayer {
  /** Mean of log2|x| over the non-zero elements, as `stats` gives it. */
  muLog2: number
  /** Standard deviation of log2|x|. */
  sigmaLog2: number
  /** Number of elements. */
  n: number
  /** Share of elements that are zero already. Default 0. */
  zeroFraction?: number
  /** Least cosine similarity of this layer's gradient before and after pruning. Default: none. */
  cosineTarget?: number
  /** Where the tail ends, in standard deviations of ln|x|; see `pruneThreshold`. Default Infinity. */
  k?: number
}

/**
 * Thresholds that give several layers together a share of `overall` zeros. Every layer aims at `overall`; where its
 * cosine would fall below `cosineTarget` it stops at the target, and what is missing goes to the others in proportion
 * to their size, up to `maxSparsity` each (or `overall`, if that is more). When the caps leave too little room the
 * result falls short of `overall`: the sum of n · expectedSparsity tells. Exact class.
 *
 * @param overall share of zeros wanted over all elements, 0 ≤ overall < 1
 * @param options.maxSparsity default 0.9
 * @returns one threshold per layer, in the order of `layers`
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`, RangeError `ERR_UKERNELS_LENGTH` for no layers
 *
 * Source: Chmiel et al., ICLR 2021, section 5 (their ResNet settings: .95 for layer2, .98 for layer3 and layer4).
 */
export function allocateSparsity(
  layers: readonly SparsityLayer[],
  overall: number,
  options: { maxSparsity?: number } = noOptions,
): PruneThreshold[] {
  checkOptions(options)
  const { maxSparsity = 0.9 } = options
  checkShare('overall', overall, false)
  checkShare('maxSparsity', maxSparsity, false)
  checkLayers(layers)
  const cap = Math.max(maxSparsity, overall)
  const atCap = layers.map((layer, i) => thresholdOf(layer, i, cap))
  const sparsity = level(
    layers.map(({ n, zeroFraction = 0 }, i) => ({ n, least: zeroFraction, most: atCap[i].expectedSparsity })),
    overall,
    cap,
  )
  return layers.map((layer, i) => (sparsity === cap ? atCap[i] : thresholdOf(layer, i, sparsity)))
}

function checkLayers(layers: readonly SparsityLayer[]): void {
  if (!Array.isArray(layers)) throw typeError(`layers must be an array, got ${found(layers)}`)
  if (layers.length === 0) throw lengthError('layers must not be empty')
  for (const [i, layer] of layers.entries()) {
    checkOptions(layer, `layers[${i}]`)
    integer(`layers[${i}].n`, layer.n, 0, Number.MAX_SAFE_INTEGER)
  }
}

function thresholdOf(layer: SparsityLayer, i: number, sparsity: number): PruneThreshold {
  const { muLog2, sigmaLog2, zeroFraction, cosineTarget, k } = layer
  if (cosineTarget !== undefined) checkShare(`layers[${i}].cosineTarget`, cosineTarget, true)
  return solveThreshold({ muLog2, sigmaLog2, sparsity, zeroFraction, cosine: cosineTarget, k }, `layers[${i}].`)
}

/**
 * The common sparsity s between `overall` and `cap` with Σ n · clamp(s, least, most) = overall · Σ n: a walk over the
 * corners of that piecewise linear function.
 */
function level(layers: readonly { n: number; least: number; most: number }[], overall: number, cap: number): number {
  const total = layers.reduce((sum, { n }) => sum + n, 0)
  const reached = (s: number) =>
    layers.reduce((sum, { n, least, most }) => sum + n * (s < least ? least : Math.min(s, most)), 0)
  const corners = layers.flatMap(({ least, most }) => [least, most]).filter((s) => s > overall && s < cap)
  let from = overall
  let missing = overall * total - reached(from)
  for (const to of [...corners.sort((a, b) => a - b), cap]) {
    if (missing <= 0) return from
    const gained = reached(to) - reached(from)
    if (gained >= missing) return from + ((to - from) * missing) / gained
    missing -= gained
    from = to
  }
  return cap
}
