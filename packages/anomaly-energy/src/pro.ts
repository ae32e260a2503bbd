/** Per-region overlap (Bergmann et al. 2019). */
import { allocate, checkArrayOf, lengthError } from '@ukernels/runtime'
import { type Batch, shapeOf } from './batch.js'
import { bytesOf, label } from './components.js'
import { UndefinedMetricError } from './errors.js'
import { sortScores } from './sort.js'
import { checkFinite, type Steps, step } from './steps.js'

/** Points of the curve by descending threshold, from (0, 0) to (1, 1). */
export interface ProCurve {
  fpr: Float64Array
  pro: Float64Array
}
/** The area, what it was taken up to, the number of regions, and the resolution, which the area depends on. */
export interface Aupro {
  value: number
  limit: number
  regions: number
  resolution: readonly [h: number, w: number]
}

/** Maps of one channel and a byte of mask per pixel. */
export function checkMaps(maps: Batch, masks: Uint8Array): [n: number, h: number, w: number] {
  const [n, c, h, w] = shapeOf('maps', maps)
  if (c !== 1) throw lengthError(`maps.shape must have one channel, got ${c}: reduceChannels makes one`)
  checkArrayOf('masks', masks, ['Uint8Array', 'Uint8ClampedArray'])
  if (masks.length !== maps.data.length)
    throw lengthError(`masks must have ${maps.data.length} elements like maps.data, got ${masks.length}`)
  return [n, h, w]
}

interface RegionTable {
  /** Per pixel: 0 for background, else the region's number over all images. */
  region: Uint32Array
  regions: number
  /** 1 / (pixels of a region), by its number. */
  shares: Float64Array
  background: number
}

function* regionsOf(masks: Uint8Array, n: number, h: number, w: number): Steps<RegionTable> {
  const labels = allocate(Int32Array, masks.length)
  const counts = yield* label(bytesOf(masks), n, h, w, 8, labels)
  const regions = counts.reduce((a, b) => a + b, 0)
  if (regions === 0) throw new UndefinedMetricError('masks must have at least one region, got none')
  const region = new Uint32Array(labels.buffer)
  const shares = new Float64Array(regions + 1)
  let before = 0
  for (let i = 0; i < n; i++) {
    for (let u = i * h * w; u < (i + 1) * h * w; u++) {
      if (region[u] !== 0) region[u] += before
      shares[region[u]]++
    }
    before += counts[i]
  }
  const background = shares[0]
  if (background === 0) throw new UndefinedMetricError('masks must have background, got none')
  return { region, regions, shares: shares.map((size) => 1 / size), background }
}

interface Walk {
  state: Float64Array
  regions: number
  points: Float64Array
}

function* walk(maps: Batch, masks: Uint8Array, limit: number, withPoints: boolean): Steps<Walk> {
  const [n, h, w] = checkMaps(maps, masks)
  yield* checkFinite('maps.data', maps.data)
  const { region, regions, shares, background } = yield* regionsOf(masks, n, h, w)
  const { keys, order } = yield* sortScores(maps.data, true)
  const pixels = keys.length
  const state = new Float64Array(8)
  // As the table says: a point per pixel at most, and room for one more per chunk.
  const points = withPoints ? allocate(Float64Array, 2 * (pixels + Math.ceil(pixels / 65536))) : undefined
  const used = new Float64Array(1)
  const args = [pixels, region, regions, shares, background, limit, state, new Uint32Array(1)] as const
  yield step('proPass', 'regions', pixels, [keys, order, ...args, points, used])
  return { state, regions, points: points?.subarray(0, used[0]) ?? new Float64Array(0) }
}

/** `Metrics.proCurve`. */
export function* proCurve(maps: Batch, masks: Uint8Array): Steps<ProCurve> {
  const { points } = yield* walk(maps, masks, 1, true)
  const column = (axis: number) =>
    Float64Array.from({ length: points.length / 2 + 1 }, (_, i) => (i === 0 ? 0 : points[2 * (i - 1) + axis]))
  return { fpr: column(0), pro: column(1) }
}

/** `Metrics.aupro`. */
export function* aupro(maps: Batch, masks: Uint8Array, limit: number): Steps<Aupro> {
  const { state, regions } = yield* walk(maps, masks, limit, false)
  const [, , h, w] = maps.shape
  return { value: state[4] / limit, limit, regions, resolution: [h, w] }
}
