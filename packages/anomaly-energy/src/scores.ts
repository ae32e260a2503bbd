/** Scores of images from their energies, gradients and energy maps. */
import { allocate } from '@ukernels/runtime'
import type { Batch } from './batch.js'
import { blurInto } from './maps.js'
import type { ScoreSettings } from './options.js'
import { type Steps, step } from './steps.js'

/** What a score may need; computed when it does. */
export interface ScoreSources {
  /** Gradients and energies of all images. */
  gradient(): Steps<{ g: Float32Array; energy: Float32Array }>
  /** The local energies, one channel. */
  energyMap(): Steps<Batch>
}

type Shape = readonly [n: number, c: number, h: number, w: number]

/** Writes the scores of n images; NaN for one whose pixels are finite but so large that something overflows f32. */
export function* scoresFrom(
  settings: ScoreSettings,
  shape: Shape,
  out: Float32Array,
  sources: ScoreSources,
): Steps<void> {
  yield* writeScores(settings, shape, out, sources)
  for (let i = 0; i < shape[0]; i++) if (!Number.isFinite(out[i])) out[i] = Number.NaN
}

function* writeScores(settings: ScoreSettings, shape: Shape, out: Float32Array, sources: ScoreSources): Steps<void> {
  switch (settings.how) {
    case 'energy': {
      const { energy } = yield* sources.gradient()
      out.set(energy)
      return
    }
    case 'energyMapMax': {
      const map = yield* sources.energyMap()
      yield* blurredPeaks(map.data, map.shape, settings, out)
      return
    }
    case 'blurMax':
    case 'topQ': {
      const [n, , h, w] = shape
      const map = yield* magnitudes((yield* sources.gradient()).g, shape)
      if (settings.how === 'blurMax') yield* blurredPeaks(map, [n, 1, h, w], settings, out)
      else topMeans(map, n, h * w, settings.q, out)
      return
    }
    default:
      yield* norms((yield* sources.gradient()).g, shape, settings.how, out)
  }
}

/** Σ_c |g|, one channel. */
export function* magnitudes(g: Float32Array, [n, c, h, w]: Shape): Steps<Float32Array> {
  const map = allocate(Float32Array, n * h * w)
  yield step('reduceChannels', 'reduce', n, [g, n, c, h * w, 0, map])
  return map
}

function* norms(g: Float32Array, [n, c, h, w]: Shape, how: 'gL1' | 'gL2' | 'gMax', out: Float32Array): Steps<void> {
  const rows = n * c * h
  const sums = new Float64Array(3 * rows)
  yield step('absReduce', 'norms', rows, [g, w, rows, sums])
  for (let i = 0; i < n; i++) {
    let [l1, l2, max] = [0, 0, 0]
    // A sum over NaN is NaN; the largest magnitude passes over it.
    for (let r = i * c * h; r < (i + 1) * c * h; r++) {
      l1 += sums[3 * r]
      l2 += sums[3 * r + 1]
      max = Math.max(max, sums[3 * r + 2])
    }
    out[i] = how === 'gL1' ? l1 : how === 'gL2' ? Math.sqrt(l2) : Number.isNaN(l1) ? l1 : max
  }
}

function* blurredPeaks(
  map: Float32Array,
  [n, , h, w]: Shape,
  { sigma, radius }: ScoreSettings,
  out: Float32Array,
): Steps<void> {
  const blurred = allocate(Float32Array, map.length)
  yield* blurInto(map, n, h, w, sigma, radius, blurred)
  for (let i = 0; i < n; i++) out[i] = peakOf(blurred.subarray(i * h * w, (i + 1) * h * w))
}

/** The largest value; −Infinity for none, NaN with NaN. */
export function peakOf(map: Float32Array): number {
  let peak = -Infinity
  for (const v of map) {
    if (v > peak) peak = v
    else if (Number.isNaN(v)) return v
  }
  return peak
}

/** Mean of the largest q percent, one at least. */
function topMeans(map: Float32Array, n: number, plane: number, q: number, out: Float32Array): void {
  const count = Math.max(1, Math.floor((plane * q) / 100))
  for (let i = 0; i < n; i++) {
    const sorted = map.slice(i * plane, (i + 1) * plane).sort()
    let sum = 0
    for (let u = plane - count; u < plane; u++) sum += sorted[u]
    out[i] = sum / count
  }
}
