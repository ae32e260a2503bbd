/** AUPIMO in our definition. */
import { allocate, log } from '@ukernels/runtime'
import type { Batch } from './batch.js'
import { UndefinedMetricError } from './errors.js'
import { type AupimoOptions, aupimoBounds } from './options.js'
import { checkMaps } from './pro.js'
import { sortScores } from './sort.js'
import { checkFinite, type Steps } from './steps.js'

/** One value per anomalous image, in their order, and the mean. */
export interface Aupimo {
  perImage: Float64Array
  mean: number
}

function* descending(values: Float32Array): Steps<Float32Array> {
  const { order } = yield* sortScores(values, true)
  return Float32Array.from(order, (i) => values[i])
}

/**
 * Good scores g₁ > g₂ > … are steps of the false-positive rate: at rates in [FPR_{k−1}, FPR_k), FPR_k = #{good ≥ g_k} / N,
 * a detector may flag what is above g_k. So the true-positive rate of an image is constant there, the share of its mask
 * above g_k, and the mean over ln FPR is a sum.
 */
function integral(good: Float32Array, mask: Float32Array, lower: number, upper: number): number {
  const n = good.length
  let total = 0
  let above = 0
  for (let begin = 0; begin < n; ) {
    const score = good[begin]
    let end = begin
    while (end < n && good[end] === score) end++
    while (above < mask.length && mask[above] > score) above++
    const from = Math.max(lower, begin / n)
    const to = Math.min(upper, end / n)
    if (to > from) total += (above / mask.length) * (log(to) - log(from))
    if (end / n >= upper) break
    begin = end
  }
  return total / (log(upper) - log(lower))
}

/** `Metrics.aupimo`. */
export function* aupimo(maps: Batch, masks: Uint8Array, options: AupimoOptions): Steps<Aupimo> {
  const [n, h, w] = checkMaps(maps, masks)
  const { lower, upper } = aupimoBounds(options)
  yield* checkFinite('maps.data', maps.data)
  const plane = h * w
  const images = Array.from({ length: n }, (_, i) => ({
    map: maps.data.subarray(i * plane, (i + 1) * plane),
    mask: masks.subarray(i * plane, (i + 1) * plane),
  }))
  const isGood = ({ mask }: (typeof images)[number]) => mask.every((m) => m === 0)
  const good = images.filter(isGood)
  const anomalous = images.filter((image) => !isGood(image))
  if (anomalous.length === 0) throw new UndefinedMetricError('masks must have at least one anomalous image, got none')
  const pixels = good.length * plane
  if (pixels * lower < 1 - 1e-9) {
    const needed = Math.ceil(1 / lower - 1e-9)
    throw new UndefinedMetricError(`good images must have at least 1 / lower = ${needed} pixels, got ${pixels}`)
  }
  const all = allocate(Float32Array, pixels)
  good.forEach(({ map }, i) => {
    all.set(map, i * plane)
  })
  const sorted = yield* descending(all)
  const perImage = new Float64Array(anomalous.length)
  for (const [i, { map, mask }] of anomalous.entries()) {
    const scores = yield* descending(map.filter((_, u) => mask[u] !== 0))
    perImage[i] = integral(sorted, scores, lower, upper)
  }
  return { perImage, mean: perImage.reduce((a, b) => a + b, 0) / perImage.length }
}
