/** PatchCore: a memory bank, its coreset, exact nearest neighbors (Roth et al. 2022). */
import {
  allocate,
  below,
  checkOptions,
  checkOuts,
  exp,
  type Job,
  lengthError,
  log,
  outputFor,
  owned,
  Philox,
  rangeError,
  unit32,
} from '@ukernels/runtime'
import { outFor, rowsOf } from './batch.js'
import { BaseModel } from './model.js'
import { integerField, tensorField } from './model-fields.js'
import type { ModelFile } from './model-file.js'
import { type CoresetOptions, coresetSettings, neighborCount, type QueryOptions } from './options.js'
import { checkFinite, type KernelRunner, refuseChanged, reportOf, type Steps, step } from './steps.js'

/** Purpose of the words of a random projection. */
const TAG_PROJECTION = 9
/** Purpose of the word that picks the first row: it belongs to the coreset, not to a slot. */
const TAG_START = 8
/** Distortion that a projection may have. */
const EPSILON = 0.9
/** Rows of a step of `kcenter`. */
const STEP_ROWS = 4096

/** d' = ⌊4 ln N / (ε²/2 − ε³/3)⌋ (Johnson and Lindenstrauss, as in scikit-learn). */
export const projectionSize = (n: number): number =>
  Math.max(1, Math.floor((4 * log(n)) / (EPSILON ** 2 / 2 - EPSILON ** 3 / 3)))

/** Distances and indices of neighbors, k per query. */
export interface Neighbors {
  dist: Float32Array
  index: Uint32Array
}

/** Very sparse random projection (Li, Hastie and Church 2006): entries ±1/√(ρ k) with density ρ = 1/√d. */
function* project(x: Float32Array, n: number, d: number, k: number, seed: number | bigint): Steps<Float32Array> {
  const density = 1 / Math.sqrt(d)
  const random = new Philox(seed)
  const offsets = new Uint32Array(k + 1)
  const entries: number[] = []
  const words = new Uint32Array(d)
  for (let j = 0; j < k; j++) {
    random.fill(words, j * d, { tag: TAG_PROJECTION })
    for (let i = 0; i < d; i++) {
      const u = unit32(words[i])
      if (u < density) entries.push(2 * i + (u < density / 2 ? 0 : 1))
    }
    offsets[j + 1] = entries.length
  }
  const out = allocate(Float32Array, n * k)
  const scale = 1 / Math.sqrt(density * k)
  yield step('sparseProject', 'project', n, [x, offsets, Uint32Array.from(entries), n, d, k, scale, out])
  return out
}

/** Rows of the greedy k-center coreset, in the order of their picking, and the radii after each. */
function* kcenter(x: Float32Array, n: number, d: number, m: number, start: number): Steps<Uint32Array> {
  const picks = new Uint32Array(m + 1)
  picks[0] = start
  const steps = m * Math.ceil(n / STEP_ROWS)
  const dist = allocate(Float32Array, n).fill(Infinity)
  const state = new Float64Array(8)
  const [owner, gaps, radii] = [allocate(Uint32Array, n), new Float32Array(m), new Float32Array(m)]
  const report = reportOf('kcenter')
  yield step('kcenter', 'coreset', steps, [x, n, d, m, steps, dist, owner, gaps, picks, radii, state, report])
  return picks.slice(0, report.count)
}

/**
 * Rows of good features. Search is exact: the same distances and indices on every backend, equal distances by lowest
 * index; no n × m matrix is ever made.
 */
export class MemoryBank extends BaseModel {
  readonly kind = 'memory-bank'
  readonly #d: number
  #rows: Float32Array
  #norms: Float32Array

  /** @internal */
  constructor(runner: KernelRunner, d: number, rows: Float32Array, norms: Float32Array) {
    super(runner)
    this.#d = d
    this.#rows = rows
    this.#norms = norms
  }

  /** Features per row. */
  get d(): number {
    return this.#d
  }
  /** Rows of the bank. */
  get size(): number {
    this.live()
    return this.#norms.length
  }
  /** The rows themselves, [size][d], in the order in which the coreset picked them. */
  get rows(): Float32Array {
    this.live()
    return this.#rows
  }

  /**
   * The k nearest rows of every query, nearest first; k above the bank's size counts as that.
   *
   * @param q - queries of d features
   * @returns n · k distances (Euclidean) and indices
   * @throws NonFiniteError with the flat index
   */
  async query(q: Float32Array, k: number, options: QueryOptions & Job = {}): Promise<Neighbors> {
    checkOptions(options)
    return this.live().start(this.#query(q, k, options.out, owned), options)
  }

  /** `query` at once. */
  querySync(q: Float32Array, k: number, options: QueryOptions = {}): Neighbors {
    checkOptions(options)
    return this.run(this.#query(q, k, options.out))
  }

  /** `adopt` gives what is read, once the arguments have been checked. */
  *#query(
    q: Float32Array,
    count: number,
    out: QueryOptions['out'] = {},
    adopt = (x: Float32Array) => x,
  ): Steps<Neighbors> {
    const [d, m] = [this.#d, this.size]
    const n = rowsOf('q', q, d)
    checkOuts(out, 'dist and index')
    const k = Math.min(neighborCount(count), m)
    const dist = outFor(out.dist, n * k, q, 'out.dist')
    const index = outputFor('Uint32Array', out.index, n * k, 'out.index')
    const x = adopt(q)
    yield* checkFinite('q', x)
    yield step('nearest', 'search', n, [x, this.#rows, this.#norms, n, m, d, k, dist, index])
    return { dist, index }
  }

  /**
   * PatchCore's score of an image from its patches: s = (1 − softmax_j(‖q* − b_j‖)[0]) · s*, q* the patch with the
   * largest distance s* to the bank, b_j the k neighbors of its nearest row within the bank, b_0 that row. 0 for no
   * patches; with k = 1, s*.
   *
   * @param q - patches of one image
   * @param k - default 9; above the bank's size counts as that
   */
  imageScore(q: Float32Array, k = 9): number {
    return this.run(this.#imageScore(q, k))
  }

  *#imageScore(q: Float32Array, count: number): Steps<number> {
    const d = this.#d
    const { dist, index } = yield* this.#query(q, 1)
    const k = Math.min(neighborCount(count), this.size)
    if (dist.length === 0) return 0
    let worst = 0
    for (let i = 1; i < dist.length; i++) if (dist[i] > dist[worst]) worst = i
    if (k === 1) return dist[worst]
    const winner = index[worst]
    const { index: around } = yield* this.#query(this.#rows.subarray(winner * d, (winner + 1) * d), k)
    // The row itself comes first, also where the bank has it twice.
    const others = [...around].filter((j) => j !== winner).slice(0, k - 1)
    const rows = Float32Array.from([winner, ...others].flatMap((j) => [...this.#rows.subarray(j * d, (j + 1) * d)]))
    const squares = new Float32Array(k)
    yield step('rowDistances', 'weigh', k, [rows, q.subarray(worst * d, (worst + 1) * d), k, d, squares])
    const distances = Array.from(squares, Math.sqrt)
    const top = Math.max(...distances)
    const weights = distances.map((v) => exp(v - top))
    return (1 - weights[0] / weights.reduce((a, b) => a + b, 0)) * dist[worst]
  }

  protected file(): ModelFile {
    return {
      kind: this.kind,
      settings: { d: this.#d },
      tensors: { rows: { data: this.#rows, shape: [this.size, this.#d] } },
    }
  }

  protected release(): void {
    this.#rows = new Float32Array(0)
    this.#norms = new Float32Array(0)
  }
}

/** A bank of these very rows. */
export function* bankOf(runner: KernelRunner, rows: Float32Array, d: number, name = 'f'): Steps<MemoryBank> {
  const n = rows.length / d
  const norms = new Float32Array(n)
  yield step('rowNorms', 'norms', n, [rows, n, d, norms])
  const row = norms.indexOf(Infinity)
  if (row >= 0)
    throw rangeError(`${name} must have rows whose squares add up to less than 2^128, row ${row} of the bank hasn't`)
  return new MemoryBank(runner, d, rows, norms)
}

/** `AnomalyEnergyKernel.coreset`. */
export async function coreset(runner: KernelRunner, f: Float32Array, d: number, options: CoresetOptions & Job) {
  const n = rowsOf('f', f, d)
  if (n === 0) throw lengthError('f must have at least one row, got 0')
  const { m, start, seed, projected } = coresetSettings(n, d, options, projectionSize(n))
  const first = start ?? below(new Philox(seed).word(0, { tag: TAG_START }), n)
  const all = owned(f)
  return runner.start(
    (function* () {
      yield* checkFinite('f', all)
      const x = projected === undefined ? all : yield* project(all, n, d, projected, seed)
      const picks = yield* kcenter(x, n, projected ?? d, m, first)
      const rows = allocate(Float32Array, picks.length * d)
      picks.forEach((row, i) => {
        rows.set(all.subarray(row * d, (row + 1) * d), i * d)
      })
      refuseChanged('f', all, rows)
      return yield* bankOf(runner, rows, d)
    })(),
    options,
  )
}

/** A model from a checked file. */
export function* readBank(runner: KernelRunner, file: ModelFile): Steps<MemoryBank> {
  const d = integerField(file, 'd', 1, 2 ** 24)
  const size = (file.tensors.rows?.data.length ?? 0) / d
  return yield* bankOf(runner, tensorField(file, 'rows', Float32Array, Math.max(1, Math.floor(size)) * d), d, 'rows')
}
