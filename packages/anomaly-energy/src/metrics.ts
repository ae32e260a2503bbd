/** Metrics of rankings and of maps. */
import { checkArray, checkArrayOf, checkOptions, type Job, lengthError, owned } from '@ukernels/runtime'
import { type Aupimo, aupimo } from './aupimo.js'
import { type Batch, ownedBatch } from './batch.js'
import { bytesOf, components, type Regions } from './components.js'
import { UndefinedMetricError } from './errors.js'
import { type AupimoOptions, checkRate } from './options.js'
import { type Aupro, aupro, checkMaps, type ProCurve, proCurve } from './pro.js'
import { scoreOfKey, sortClasses } from './sort.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

/** One walk over the scores in descending order. */
interface Ranking {
  auroc: number
  averagePrecision: number
  f1: number
  threshold: number
  fpr: number
}

/** What messages call scores and labels. */
interface Names {
  scores: string
  labels: string
}
const rankingNames: Names = { scores: 's', labels: 'y' }
const pixelNames: Names = { scores: 'maps.data', labels: 'masks' }

/** 0 is good, anything else anomalous. */
function countLabels(y: Uint8Array, n: number, { scores, labels }: Names): number {
  checkArrayOf(labels, y, ['Uint8Array', 'Uint8ClampedArray'])
  if (y.length !== n) throw lengthError(`${labels} must have ${n} elements like ${scores}, got ${y.length}`)
  let positives = 0
  // By index: an iterator is called for every element where the engine has seen iterators of other kinds here.
  for (let i = 0; i < n; i++) positives += y[i] === 0 ? 0 : 1
  return positives
}

function* rank(s: Float32Array, y: Uint8Array, tpr = 1, names = rankingNames): Steps<Ranking> {
  checkArray(names.scores, s, 'Float32Array')
  const n = s.length
  const positives = countLabels(y, n, names)
  if (positives === 0 || positives === n)
    throw new UndefinedMetricError(`${names.labels} must have both classes, got ${positives} anomalous of ${n}`)
  yield* checkFinite(names.scores, s)
  const keys = yield* sortClasses(s, bytesOf(y), positives)
  const [counts, sums] = [new BigUint64Array(6), new Float64Array(2)]
  yield step('aucPass', 'rank', n, [keys, positives, tpr, n, counts, sums])
  const negatives = n - positives
  return {
    auroc: Number(counts[0]) / (2 * positives * negatives),
    averagePrecision: sums[0] / positives,
    f1: sums[1],
    threshold: scoreOfKey(Number(counts[1])),
    fpr: Number(counts[2]) / negatives,
  }
}

/** All pixels of all images. */
function* rankPixels(maps: Batch, masks: Uint8Array): Steps<Ranking> {
  checkMaps(maps, masks)
  return yield* rank(maps.data, masks, 1, pixelNames)
}

/**
 * `kernel.metrics`: exact, the same on every backend. Scores are f32, larger = more anomalous; labels and masks are
 * bytes, 0 = good.
 */
export class Metrics {
  readonly #runner: KernelRunner

  /** @internal */
  constructor(runner: KernelRunner) {
    this.#runner = runner
  }

  /**
   * Area under the ROC curve: Mann and Whitney's U, ties count ½, one division of integers.
   *
   * @throws UndefinedMetricError for one class only; NonFiniteError
   */
  auroc(s: Float32Array, y: Uint8Array): number {
    return this.#runner.run(rank(s, y)).auroc
  }

  /** Σ ΔTP / P · TP / (TP + FP) over distinct thresholds, descending. Throws as `auroc`. */
  averagePrecision(s: Float32Array, y: Uint8Array): number {
    return this.#runner.run(rank(s, y)).averagePrecision
  }

  /** The largest F1 of "s ≥ threshold", and the largest threshold that gives it. Throws as `auroc`. */
  f1Max(s: Float32Array, y: Uint8Array): { f1: number; threshold: number } {
    const { f1, threshold } = this.#runner.run(rank(s, y))
    return { f1, threshold }
  }

  /** The smallest false-positive rate with a true-positive rate of at least `tpr` (default 0.95); no interpolation. */
  fprAtTpr(s: Float32Array, y: Uint8Array, tpr?: number): number {
    return this.#runner.run(rank(s, y, checkRate('tpr', tpr, 0.95))).fpr
  }

  /**
   * AUROC of all pixels of all images, good ones included.
   *
   * @param maps - one channel
   * @param masks - n · h · w bytes
   */
  async pixelAuroc(maps: Batch, masks: Uint8Array, job: Job = {}): Promise<number> {
    return (await this.#runner.start(rankPixels(ownedBatch(maps), owned(masks)), job)).auroc
  }

  /** Average precision of all pixels of all images. */
  async pixelAveragePrecision(maps: Batch, masks: Uint8Array, job: Job = {}): Promise<number> {
    return (await this.#runner.start(rankPixels(ownedBatch(maps), owned(masks)), job)).averagePrecision
  }

  /**
   * Per-region overlap over the false-positive rate: (0, 0), then a point per distinct score, descending; the last is
   * (1, 1). Regions are 8-connected; the rate is over all background pixels of all images.
   *
   * @throws UndefinedMetricError when there is no region or no background
   */
  async proCurve(maps: Batch, masks: Uint8Array, job: Job = {}): Promise<ProCurve> {
    return this.#runner.start(proCurve(ownedBatch(maps), owned(masks)), job)
  }

  /**
   * Area under the PRO curve up to a false-positive rate, divided by it (Bergmann et al. 2019).
   *
   * @param options.limit - default 0.3
   */
  async aupro(maps: Batch, masks: Uint8Array, options: { limit?: number } & Job = {}): Promise<Aupro> {
    checkOptions(options)
    const limit = checkRate('limit', options.limit, 0.3)
    return this.#runner.start(aupro(ownedBatch(maps), owned(masks), limit), options)
  }

  /**
   * Our AUPIMO (after Bertoldo et al. 2024): per anomalous image the true-positive rate over its whole mask, against the
   * false-positive rate over good images only, averaged over the logarithm of that rate between two bounds.
   *
   * @throws UndefinedMetricError when there is no anomalous image, or fewer good pixels than 1 / lower
   */
  async aupimo(maps: Batch, masks: Uint8Array, options: AupimoOptions & Job = {}): Promise<Aupimo> {
    return this.#runner.start(aupimo(ownedBatch(maps), owned(masks), options), options)
  }

  /**
   * Connected regions of a mask's non-zero pixels.
   *
   * @param options.connectivity - 4 or 8, default 8
   * @returns labels: 0 background, then 1, 2, … in raster order of the first pixel; and their number
   */
  components(
    mask: Uint8Array,
    h: number,
    w: number,
    options: { connectivity?: 4 | 8; out?: Int32Array } = {},
  ): Regions {
    return this.#runner.run(components(mask, h, w, options))
  }
}
