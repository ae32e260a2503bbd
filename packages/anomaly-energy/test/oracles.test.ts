/** Beside scipy and scikit-learn, which run live, and ml-pca. Those of several GB are in recorded.test.ts. */
import { fileURLToPath } from 'node:url'
import type { AnomalyEnergyKernel, Batch } from '@ukernels/anomaly-energy'
import { runOracle } from '@ukernels/test-kit/oracles'
import { PCA } from 'ml-pca'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { batchOf, expectClose, uniform } from './support.js'

type Case = Record<string, number[]> & Record<'n' | 'h' | 'w' | 'd' | 'k', number> & { shape: Batch['shape'] }
/** A topic's cases: arrays flat, numbers as they are. */
type Cases = (Case & Record<string, number>)[]

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { files, reason } = runOracle(root, 'anomaly_live.py', ['numpy', 'scipy', 'sklearn'])
const topics = files?.json<Record<string, Cases>>('cases.json') ?? {}

const f32 = (values: ArrayLike<number>) => Float32Array.from(values)

/** Rows of d, each with its component of largest magnitude positive in `like`. */
function signsOf(found: ArrayLike<number>, like: ArrayLike<number>, k: number): number[] {
  return Array.from({ length: k }, (_, i) => {
    let sum = 0
    for (let r = i; r < found.length; r += k) sum += found[r] * like[r]
    return Math.sign(sum)
  })
}

describe.each(kinds)('other systems: $label', ({ open }) => {
  let k: AnomalyEnergyKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  describe.skipIf(files === undefined)(`scipy and scikit-learn${reason ? `: ${reason}` : ''}`, () => {
    it('logsumexp and softmax: free energies', () => {
      for (const c of topics.free_energy) {
        const gradient = new Float32Array(c.logits.length)
        const energy = k.freeEnergy(f32(c.logits), c.k, { temperature: c.temperature, out: { gradient } })
        expectClose(energy, c.energy, 2e-6)
        expectClose(gradient, c.gradient, 2e-6)
      }
    })

    it('ndimage.gaussian_filter', () => {
      for (const c of topics.blur) expectClose(k.gaussianBlur(batchOf(c.shape, c.m), c.sigma).data, c.out, 1e-6)
    })

    it('ndimage.label: the same labels', () => {
      for (const c of topics.components) {
        const connectivity = c.connectivity as 4 | 8
        const { labels, count } = k.metrics.components(Uint8Array.from(c.mask), c.h, c.w, { connectivity })
        expect(count).toBe(c.count)
        expect([...labels]).toEqual(c.labels)
      }
    })

    it('metrics of rankings', () => {
      for (const c of topics.rankings) {
        const [s, y] = [f32(c.s), Uint8Array.from(c.y)]
        expect(k.metrics.auroc(s, y)).toBeCloseTo(c.auroc, 12)
        expect(k.metrics.averagePrecision(s, y)).toBeCloseTo(c.averagePrecision, 12)
        expect(k.metrics.fprAtTpr(s, y)).toBeCloseTo(c.fpr95, 12)
        const { f1, threshold } = k.metrics.f1Max(s, y)
        expect(f1).toBeCloseTo(c.f1, 12)
        expect(threshold).toBe(c.threshold)
      }
    })

    it('PCA: singular values, coordinates up to their sign, reconstruction errors', async () => {
      for (const c of topics.subspaces) {
        const rows = f32(c.rows)
        const model = await k.fitSubspace(rows, c.d, { k: c.k })
        expectClose(model.singularValues.subarray(0, c.k), c.singularValues, 1e-9)
        expect(model.explained).toBeCloseTo(c.explained, 9)
        const found = model.project(rows)
        const signs = signsOf(found, c.projected, c.k)
        expectClose(
          found.map((v, i) => v * signs[i % c.k]),
          c.projected,
          1e-5,
        )
        expectClose(model.fre(rows), c.fre, 1e-5)
      }
    })

    it('EmpiricalCovariance: Mahalanobis distances and determinants', async () => {
      for (const c of topics.gaussians) {
        const model = await k.fitGaussian(f32(c.rows), c.d, { ddof: 0 })
        const doubled = model.energy(f32(c.rows)).map((e) => 2 * e)
        expectClose(doubled, c.mahalanobis2, 1e-5)
        expect(model.logDet).toBeCloseTo(c.logDet, 8)
      }
    })

    it('NearestNeighbors', async () => {
      for (const c of topics.neighbors) {
        const { dist, index } = await k.memoryBank(f32(c.bank), c.d).query(f32(c.q), c.k)
        expect([...index]).toEqual(c.index)
        expectClose(dist, c.dist, 1e-6)
      }
    })

    it('numpy.cov and signal.convolve: fits, filters and gradients of PatchEnergy', async () => {
      for (const c of topics.patch_energies) {
        const x = batchOf(c.shape, c.x)
        const patch = c.patch as 3 | 5
        const model = await k.fitPatchEnergy(x, { patch, ridge: c.ridge })
        expectClose(model.mean, c.mean, 1e-12)
        expectClose(model.kappa, c.kappa, 1e-6)
        const [, channels, h, w] = c.shape
        const g = model.gradient(x).data
        const [top, bottom, right] = [patch - 1, h - patch + 1, w - patch + 1]
        const inner: number[] = []
        for (let ch = 0; ch < channels; ch++)
          for (let y = top; y < bottom; y++) inner.push(...g.subarray((ch * h + y) * w + top, (ch * h + y) * w + right))
        expectClose(inner, c.inner, 5e-6)
      }
    })
  })

  it('ml-pca: singular values and reconstruction errors', async () => {
    const [n, d, count] = [80, 12, 4]
    const rows = uniform(n * d, 3)
    const matrix = Array.from({ length: n }, (_, i) => [...rows.subarray(i * d, (i + 1) * d)])
    const pca = new PCA(matrix, { center: true, scale: false, method: 'SVD' })
    const model = await k.fitSubspace(rows, d, { k: count })
    expectClose(
      model.singularValues.map((s) => s / Math.sqrt(n - 1)),
      pca.getStandardDeviations(),
      1e-9,
    )
    const back = pca.invert(pca.predict(matrix, { nComponents: count })).to2DArray()
    const errors = back.map((line, i) => line.reduce((sum, v, j) => sum + (v - matrix[i][j]) ** 2, 0))
    expectClose(model.fre(rows), errors, 1e-5)
  })
})
