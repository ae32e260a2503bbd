/** The nasty inputs of the design, row by row. */
import { AnomalyDetector, type AnomalyEnergyKernel, type Batch, UndefinedMetricError } from '@ukernels/anomaly-energy'
import { NonFiniteError, RankDeficientError } from '@ukernels/runtime'
import { sharedBuffer } from '@ukernels/test-kit/bytes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { randomParameters } from './patch-reference.js'
import { batchOf, bitsOf, expectClose, expectError, expectRejection, images, uniform } from './support.js'

const D = 4
const SIDE = 8
/** 64 numbers: 16 rows of 4, an image of 8 × 8, four feature maps of 4 × 2 × 2. */
const square = (data: Float32Array): Batch => ({ data, shape: [1, 1, SIDE, SIDE] })
const maps = (data: Float32Array): Batch => ({ data, shape: [4, 4, 2, 2] })
const layers = [{ out: 1, kernel: 4, stride: 2, pad: 1, act: 'none' }] as const

/** Every function that reads data, on 64 numbers; its name for them. */
async function consumers(k: AnomalyEnergyKernel) {
  const x = uniform(64, 1)
  const gaussian = await k.fitGaussian(x, D, { ridge: 0.1 })
  const subspace = await k.fitSubspace(x, D, { k: 2 })
  const location = await k.fitLocation(maps(x))
  const bank = k.memoryBank(x, D)
  const patch = k.patchEnergyFrom(randomParameters(3, 1, 2))
  const net = k.createConvEnergy(layers, { channels: 1, seed: 1 })
  const sampler = k.createSampler({ steps: 1, step: 0.1, noise: 0.1, seed: 0 })
  const settings = { batch: 1, crop: 8, bufferSize: 1, steps: 1, seed: 0 }
  const labels = Uint8Array.from({ length: 64 }, (_, i) => (i === 9 ? 1 : 0))
  const all: [name: string, run: (data: Float32Array) => unknown][] = [
    ['logits', (data) => k.freeEnergy(data, D)],
    ['f', (data) => k.fitGaussian(data, D, { ridge: 0.1 })],
    ['f', (data) => gaussian.partialFit(Float64Array.from(data))],
    ['f', (data) => gaussian.energy(data)],
    ['f', (data) => gaussian.gradient(data)],
    ['f', (data) => k.fitSubspace(data, D, { k: 2 })],
    ['f', (data) => subspace.fre(data)],
    ['f', (data) => subspace.nll(data)],
    ['features.data', (data) => subspace.freMap({ data, shape: [16, 4, 1, 1] })],
    ['f.data', (data) => k.fitLocation(maps(data))],
    ['f.data', (data) => location.map(maps(data))],
    ['f', (data) => k.coreset(data, D, { m: 3, seed: 0 })],
    ['f', (data) => k.memoryBank(data, D)],
    ['q', (data) => bank.query(data, 1)],
    ['q', (data) => bank.imageScore(data)],
    ['images.data', (data) => k.fitPatchEnergy(square(data), { patch: 3 })],
    ['x.data', (data) => patch.gradient(square(data))],
    ['x.data', (data) => patch.energyMap(square(data))],
    ['x.data', (data) => patch.score(square(data))],
    ['x.data', (data) => patch.descentMap(square(data))],
    ['x.data', (data) => net.energy(square(data))],
    ['x.data', (data) => sampler.run(net, square(data))],
    ['x', (data) => sampler.runWith(() => {}, data, 8)],
    ['images.data', (data) => k.createTrainer(net, settings).fit(square(data), { iterations: 1 })],
    ['batch.data', (data) => k.createTrainer(net, settings).step(square(data))],
    ['g.data', (data) => k.reduceChannels(square(data), 'l2')],
    ['m.data', (data) => k.gaussianBlur(square(data), 1)],
    ['m.data', (data) => k.resizeBilinear(square(data), 3, 3)],
    ['m.data', (data) => k.resizeNearest(square(data), 3, 3)],
    ['m.data', (data) => k.toRgba(square(data))],
    ['values', (data) => k.calibrate(data).values],
    ['good', (data) => k.mapNormalizer(data)(uniform(5, 3))],
    ['s', (data) => k.metrics.auroc(data, labels)],
    ['maps.data', (data) => k.metrics.pixelAuroc(square(data), labels)],
    ['maps.data', (data) => k.metrics.aupro(square(data), labels)],
    ['maps.data', (data) => k.metrics.proCurve(square(data), labels)],
  ]
  return all
}

describe.each(backends)('nasty inputs: $label', ({ open }) => {
  let k: AnomalyEnergyKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it('NaN and infinities are refused with their index, everywhere', async () => {
    for (const [name, run] of await consumers(k)) {
      await run(uniform(64, 7))
      for (const [at, value] of [
        [0, Number.NaN],
        [37, Infinity],
        [63, -Infinity],
      ]) {
        const data = uniform(64, 7)
        data[at] = value
        const error = await (async () => run(data))().catch((e: unknown) => e)
        expect(error, `${run}`).toBeInstanceOf(NonFiniteError)
        expect(error).toHaveProperty('index', at)
        expect((error as Error).message).toBe(`${name}[${at}] must be finite, got NaN or ±Infinity`)
      }
    }
  })

  it('misaligned and shared views give the bits of plain arrays', async () => {
    const plain = uniform(64, 7)
    const shared = new Float32Array(sharedBuffer(4 * 64 + 12), 12, 64)
    shared.set(plain)
    const offset = new Float32Array(new ArrayBuffer(4 * 64 + 4), 4, 64)
    offset.set(plain)
    const bytes = (value: unknown): unknown =>
      value instanceof Float32Array ? bitsOf(value) : ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value
    const plainly = (value: unknown) => {
      if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return bytes(value)
      if ('toBytes' in value) return [...(value as { toBytes(): Uint8Array }).toBytes()]
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bytes(each)]))
    }
    const results: unknown[][] = []
    // A fresh set for each, because some of them change what they belong to.
    for (const data of [plain, shared, offset]) {
      const found: unknown[] = []
      for (const [, run] of await consumers(k)) found.push(plainly(await run(data)))
      results.push(found)
    }
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })

  it('nothing in gives nothing out', async () => {
    const none = new Float32Array(0)
    const empty: Batch = { data: none, shape: [0, 1, SIDE, SIDE] }
    const x = uniform(64, 1)
    const gaussian = await k.fitGaussian(x, D, { ridge: 0.1 })
    const subspace = await k.fitSubspace(x, D, { k: 2 })
    const location = await k.fitLocation(maps(x))
    const patch = k.patchEnergyFrom(randomParameters(3, 1, 2))
    const net = k.createConvEnergy(layers, { channels: 1, seed: 1 })
    const found = [
      k.freeEnergy(none, D),
      gaussian.energy(none),
      gaussian.gradient(none),
      subspace.project(none),
      subspace.fre(none),
      subspace.ppca(none),
      location.map({ data: none, shape: [0, 4, 2, 2] }).data,
      (await k.memoryBank(x, D).query(none, 3)).dist,
      patch.energy(empty),
      patch.gradient(empty).data,
      patch.energyMap(empty).data,
      patch.score(empty, 'topQ'),
      patch.descentMap(empty).data,
      net.energy(empty),
      net.localEnergy(empty).data,
      net.score(empty, 'gMax'),
      k.reduceChannels(empty, 'max').data,
      k.gaussianBlur(empty, 2).data,
      k.resizeBilinear(empty, 4, 4).data,
    ]
    for (const [i, array] of found.entries()) {
      expect(array, `result ${i}`).toBeInstanceOf(Float32Array)
      expect(array.length, `result ${i}`).toBe(0)
    }
    expect(k.toRgba(empty).length).toBe(0)
  })

  it('too few rows need a ridge; a subspace takes the dual path', async () => {
    const one = uniform(D, 1)
    for (const f of [one, uniform(2 * D, 1)]) {
      await expectRejection(k.fitGaussian(f, D), RankDeficientError, 'RANK_DEFICIENT', 'ridge above 0')
      expect((await k.fitGaussian(f, D, { ridge: 0.1 })).energy(one)[0]).toBeGreaterThanOrEqual(0)
    }
    // Rounding makes some of these covariances look positive definite.
    for (let d = 2; d <= 30; d++) {
      const f = uniform(d * d, d, -1, 1)
      await expectRejection(k.fitGaussian(f, d), RankDeficientError, 'RANK_DEFICIENT', `rank ${d - 1} at most`)
      const features: Batch = { data: f, shape: [d, d, 1, 1] }
      await expectRejection(k.fitLocation(features, { ridge: 0 }), RankDeficientError, 'RANK_DEFICIENT', 'location')
    }
    expect((await k.fitSubspace(uniform(3 * D, 1), D, { variance: 1 })).k).toBe(2)
    const image = images([1, 1, 4, 4], 1)
    await expectRejection(
      k.fitPatchEnergy(image, { patch: 3, ridge: 0 }),
      RankDeficientError,
      'RANK_DEFICIENT',
      'ridge',
    )
    expect((await k.fitPatchEnergy(image, { patch: 3 })).energy(image)[0]).toBeGreaterThan(0)
    await expectRejection(k.fitGaussian(new Float32Array(0), D), RangeError, 'LENGTH', 'at least one row')
    await expectRejection(k.fitPatchEnergy({ data: one.subarray(0, 0), shape: [0, 1, 9, 9] }), RangeError, 'LENGTH')
  })

  it('distances keep their digits far from the origin, and never fall below 0', async () => {
    const d = 24
    const rows = uniform(40 * d, 3).map((v) => 4096 + v / 8)
    const bank = k.memoryBank(rows, d)
    const q = rows.slice(0, 10 * d)
    for (let i = 0; i < 10; i++) q[i * d] += 2 ** -8
    const { dist, index } = await bank.query(q, 2)
    for (let i = 0; i < 10; i++) {
      expect(index[2 * i]).toBe(i)
      expect(dist[2 * i]).toBe(2 ** -8)
    }
    const itself = await bank.query(rows, 1)
    expect(Math.max(...itself.dist)).toBe(0)
    const subspace = await k.fitSubspace(rows, d, { k: 3 })
    for (const fre of subspace.fre(rows)) expect(fre).toBeGreaterThanOrEqual(0)
  })

  it('numbers whose squares overflow are refused', async () => {
    const f = Float64Array.from(uniform(80, 1, -1, 1), (v) => 1e100 * v)
    f[17] = -1e200
    const text = 'f[17] is too large'
    await expectRejection(k.fitGaussian(f, D, { ridge: 1 }), NonFiniteError, 'NON_FINITE', text, '-1e+200')
    await expectRejection(k.fitSubspace(f, D, { k: 2 }), NonFiniteError, 'NON_FINITE', text, '-1e+200')
  })

  it('subnormals count as what they are, to 1e-38', () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => (i - 32) * 1e-40)
    const g = k.reduceChannels({ data: x, shape: [1, 4, 4, 4] }, 'l1').data
    const expected = Array.from({ length: 16 }, (_, i) =>
      [0, 1, 2, 3].reduce((sum, c) => sum + Math.abs(x[16 * c + i]), 0),
    )
    for (let i = 0; i < 16; i++) expect(Math.abs(g[i] - expected[i])).toBeLessThan(1e-38)
    for (const v of k.gaussianBlur(square(x), 1).data) expect(Math.abs(v)).toBeLessThan(1e-38)
    expect(k.freeEnergy(x.subarray(0, 2), 2)[0]).toBeCloseTo(-Math.LN2, 6)
    const order = Uint8Array.from({ length: 64 }, (_, i) => (i < 32 ? 0 : 1))
    expect(k.metrics.auroc(x, order)).toBe(1)
  })

  it('sides that the patch and the stride do not fit', () => {
    const patch = k.patchEnergyFrom(randomParameters(3, 1, 2))
    expectError(() => patch.gradient(images([1, 1, 2, 9], 1)), RangeError, 'LENGTH', 'x.shape', '3 × 3', '2 × 9')
    const net = k.createConvEnergy(layers, { channels: 1, seed: 1, scale: 1, offset: 0 })
    for (const [h, w] of [
      [7, 9],
      [8, 5],
      [3, 3],
    ]) {
      const x = images([1, 1, h, w], 3)
      const gradient = new Float32Array(h * w)
      net.energyAndGradient(x, { out: { gradient } })
      // A linear network: the gradient is the difference that a pixel makes, and 0 where no tap reaches.
      const [e] = net.energy(x)
      const slopes = Array.from(gradient, (_, i) => {
        const moved = { ...x, data: x.data.map((v, j) => (i === j ? v + 1 : v)) }
        return net.energy(moved)[0] - e
      })
      expectClose(gradient, slopes, 1e-5)
    }
  })

  it('results may lie over the input only where elements do not depend on others', () => {
    const data = uniform(64, 1)
    const patch = k.patchEnergyFrom(randomParameters(3, 1, 2))
    expectError(() => k.gaussianBlur(square(data), 1, { out: data }), RangeError, 'OVERLAP', 'out', 'the input')
    expectError(() => patch.gradient(square(data), data), RangeError, 'OVERLAP', 'out', 'the input')
    expectError(() => patch.gradient(square(data), data.subarray(1)), RangeError, 'LENGTH', 'out', '64', '63')
    const next = new Float32Array(data.buffer, 0, 32)
    expectError(() => k.reduceChannels({ data, shape: [1, 2, 4, 8] }, 'l1', next), RangeError, 'OVERLAP', 'out')
  })

  it('metrics without a value say so', async () => {
    const all = new Uint8Array(64).fill(1)
    const none = new Uint8Array(64)
    for (const y of [all, none]) {
      const s = uniform(64, 1)
      const { metrics: m } = k
      for (const name of ['auroc', 'averagePrecision', 'f1Max', 'fprAtTpr'] as const)
        expectError(() => m[name](s, y), UndefinedMetricError, 'UNDEFINED_METRIC', 'both classes')
      await expectRejection(
        m.pixelAuroc(square(s), y),
        UndefinedMetricError,
        'UNDEFINED_METRIC',
        'masks',
        'both classes',
      )
      const wide = m.pixelAveragePrecision({ data: s, shape: [1, 2, 4, 8] }, y)
      await expectRejection(wide, RangeError, 'LENGTH', 'maps.shape', 'one channel')
      const what = y === all ? 'background' : 'region'
      await expectRejection(m.aupro(square(s), y), UndefinedMetricError, 'UNDEFINED_METRIC', what)
      await expectRejection(m.proCurve(square(s), y), UndefinedMetricError, 'UNDEFINED_METRIC', what)
    }
  })

  it('a detector refuses what its parts refuse', async () => {
    const fitted = await AnomalyDetector.fit(k, images([6, 1, 9, 9], 1), { seed: 0, patch: { patch: 3 } })
    const bad = images([1, 1, 9, 9], 2)
    bad.data[5] = Number.NaN
    expectError(() => fitted.predict(bad), NonFiniteError, 'NON_FINITE', '[5]')
    expectError(() => fitted.predict(images([2, 1, 9, 9], 2)), RangeError, 'LENGTH', 'image.shape', '[2, 1, 9, 9]')
    expectError(() => fitted.predict(batchOf([1, 1, 2, 2], [1, 2, 3, 4])), RangeError, 'LENGTH', '3 × 3')
    expectError(() => fitted.predict(images([1, 3, 9, 9], 2)), RangeError, 'LENGTH', 'channels')
  })
})
