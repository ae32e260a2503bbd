import { KernelError, NonFiniteError, RankDeficientError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { randomParameters } from './patch-reference.js'
import { expectClose, expectError, expectRejection, uniform } from './support.js'

const X = Float32Array.from([1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 1, 2, 0, 1])
const h = Float32Array.of(1, 1, 0)

describe.each(backends)('features: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it('keeps the fewest directions that reach the share asked for', async () => {
    expect((await k.fitSubspace(X, 3, { variance: 0.58 })).k).toBe(1)
    expect((await k.fitSubspace(X, 3, { variance: 0.59 })).k).toBe(2)
    expect((await k.fitSubspace(X, 3, { variance: 0.94 })).k).toBe(3)
  })

  it('gives the same by the dual path', async () => {
    const [n, d] = [12, 40]
    const f = uniform(n * d, 3)
    const wide = await k.fitSubspace(f, d, { k: 5 })
    const double = await k.fitSubspace(Float64Array.from(f), d, { k: 5 })
    const many = Float32Array.from({ length: 4 * n * d }, (_, i) => f[i % (n * d)])
    const tall = await k.fitSubspace(many, d, { k: 5 })
    expectClose(
      wide.singularValues.subarray(0, 11),
      tall.singularValues.subarray(0, 11).map((s) => s / 2),
      1e-10,
    )
    expectClose(wide.fre(f), tall.fre(f), 1e-5)
    expectClose(wide.project(f), tall.project(f), 1e-4)
    expectClose(double.fre(f), wide.fre(f), 1e-5)
    const map = wide.freMap({ data: f, shape: [n, 2, 4, 5] })
    expect(map.shape).toEqual([n, 1, 4, 5])
    const sums = Array.from({ length: n }, (_, i) => map.data.subarray(20 * i, 20 * i + 20).reduce((a, b) => a + b, 0))
    expectClose(sums, wide.fre(f), 1e-5)
  })

  it('Gaussian gradients are slopes, and mean distances the rank', async () => {
    const plain = await k.fitGaussian(X, 3, {})
    const g = plain.gradient(h)
    const step = 1e-2
    for (let i = 0; i < 3; i++) {
      const at = (s: number) => plain.energy(Float64Array.from(h, (v, j) => (j === i ? v + s : v)))[0]
      expect((at(step) - at(-step)) / (2 * step)).toBeCloseTo(g[i], 3)
    }
    const full = await k.fitGaussian(X, 3, { ddof: 0 })
    const mean = full.energy(X).reduce((a, b) => a + 2 * b, 0) / 5
    expect(mean).toBeCloseTo(3, 5)
  })

  it('fits in parts give the bits of the whole where the parts are blocks', async () => {
    const d = 5
    const f = uniform(700 * d, 9)
    const whole = await k.fitGaussian(f, d, { ridge: 1e-3 })
    const parts = await k.fitGaussian(f.subarray(0, 512 * d), d, { ridge: 1e-3 })
    await parts.partialFit(f.subarray(512 * d))
    expect(parts.toBytes()).toEqual(whole.toBytes())
    const odd = await k.fitGaussian(f.subarray(0, 300 * d), d, { ridge: 1e-3 })
    const rest = await k.fitGaussian(f.subarray(300 * d), d, { ridge: 1e-3 })
    odd.merge(rest)
    expect(odd.n).toBe(700)
    expect(Math.abs(odd.logDet - whole.logDet)).toBeLessThan(1e-11)
    rest.merge(await k.fitGaussian(f.subarray(0, 300 * d), d, { ridge: 1e-3 }))
    expect(Math.abs(odd.logDet - rest.logDet)).toBeLessThan(1e-12)
  })

  it('a model file gives the same bits', async () => {
    const f = uniform(60 * 4, 2)
    for (const model of [await k.fitGaussian(f, 4, { ridge: 0.1 }), await k.fitSubspace(f, 4, { k: 2 })]) {
      const bytes = model.toBytes()
      const again = k.fromBytes(bytes) as typeof model
      expect(again.toBytes()).toEqual(bytes)
      if ('energy' in again && 'energy' in model) expect(again.energy(f)).toEqual(model.energy(f))
      if ('fre' in again && 'fre' in model) expect(again.ppca(f)).toEqual(model.ppca(f))
    }
  })

  it('says when the rank is too low, and when data are not finite', async () => {
    await expectRejection(k.fitGaussian(X.subarray(0, 3), 3, {}), RankDeficientError, 'RANK_DEFICIENT', 'ridge')
    await expectRejection(k.fitGaussian(X.subarray(0, 6), 3, {}), RankDeficientError, 'RANK_DEFICIENT')
    expect((await k.fitGaussian(X.subarray(0, 3), 3, { ridge: 1 })).energy(h)[0]).toBeCloseTo(0.5, 6)
    const constant = Float32Array.from({ length: 30 }, (_, i) => (i % 3 === 2 ? 5 : Math.sin(i)))
    await expectRejection(k.fitGaussian(constant, 3, {}), RankDeficientError, 'RANK_DEFICIENT')
    await expectRejection(k.fitSubspace(X.subarray(0, 3), 3, { k: 1 }), RankDeficientError, 'RANK_DEFICIENT')
    await expectRejection(k.fitSubspace(new Float32Array(9), 3, { k: 1 }), RankDeficientError, 'RANK_DEFICIENT')
    const bad = X.slice()
    bad[7] = Number.NaN
    await expectRejection(k.fitGaussian(bad, 3, {}), NonFiniteError, 'NON_FINITE', 'f[7]')
    await expectRejection(k.fitSubspace(X, 3, { variance: 0.5, k: 1 } as never), TypeError, 'TYPE', 'not both')
    await expectRejection(k.fitSubspace(X, 4, { k: 1 }), RangeError, 'LENGTH', 4)
  })

  it('gives nothing for nothing', async () => {
    const model = await k.fitGaussian(X, 3, {})
    expect(model.energy(new Float32Array(0)).length).toBe(0)
    expect((await k.fitSubspace(X, 3, { k: 1 })).project(new Float64Array(0)).length).toBe(0)
  })

  it('PaDiM takes images one by one or all at once, in parts and from a file', async () => {
    const shape = [9, 3, 4, 5] as const
    const f = { data: uniform(9 * 60, 5), shape }
    const model = await k.fitLocation(f)
    const maps = model.map(f)
    expect(maps.shape).toEqual([9, 1, 4, 5])
    for (let i = 0; i < 9; i++) {
      const one = model.map({ data: f.data.subarray(60 * i, 60 * i + 60), shape: [1, 3, 4, 5] })
      expect(one.data).toEqual(maps.data.slice(20 * i, 20 * i + 20))
    }
    const again = k.fromBytes(model.toBytes()) as typeof model
    expect(again.map(f).data).toEqual(maps.data)
    const parts = await k.fitLocation({ data: f.data.subarray(0, 240), shape: [4, 3, 4, 5] })
    await parts.partialFit({ data: f.data.subarray(240), shape: [5, 3, 4, 5] })
    expectClose(parts.map(f).data, maps.data, 1e-5)
    await expectRejection(k.fitLocation(f, { ridge: -1 }), RangeError, 'RANGE', 'ridge')
    const single = { data: f.data.subarray(0, 60), shape: [1, 3, 4, 5] as const }
    await expectRejection(k.fitLocation(single, { ridge: 0 }), RankDeficientError, 'RANK_DEFICIENT')
  })

  it('PaDiM takes the statistics of others', async () => {
    const [c, height, width] = [5, 2, 3]
    const plane = height * width
    // By location, and as anomalib has them: channels first, f32, and not quite symmetric.
    const given = Array.from({ length: plane }, (_, u) => {
      const { mean, precision } = randomParameters(1, c, 10 * u + 1)
      return { mean, precision: Float32Array.from(precision, (v, i) => v * (1 + (i % 3) * 1e-6)) }
    })
    const mean = Float32Array.from({ length: c * plane }, (_, i) => given[i % plane].mean[Math.floor(i / plane)])
    const precision = Float32Array.from(given.flatMap((location) => [...location.precision]))
    const shape = [c, height, width] as const
    const model = k.locationGaussianFrom({ shape, mean, precision })
    const f = { data: uniform(2 * c * plane, 4), shape: [2, ...shape] as const }
    const expected = Array.from({ length: 2 * plane }, (_, i) => {
      const [image, u] = [Math.floor(i / plane), i % plane]
      const v = Array.from({ length: c }, (_, j) => f.data[(image * c + j) * plane + u] - mean[j * plane + u])
      let squared = 0
      for (let a = 0; a < c; a++) for (let b = 0; b < c; b++) squared += v[a] * given[u].precision[a * c + b] * v[b]
      return Math.sqrt(squared)
    })
    expectClose(model.map(f).data, expected, 1e-5)
    const bytes = model.toBytes()
    const again = k.fromBytes(bytes) as typeof model
    expect(again.map(f).data).toEqual(model.map(f).data)
    expect(again.toBytes()).toEqual(bytes)
    expect([model.n, model.shape]).toEqual([0, shape])
    await expectRejection(again.partialFit(f), KernelError, 'NOT_FITTED', 'given parameters')

    const one = { shape: [1, 1, 1] as const, mean: Float64Array.of(2), precision: Float64Array.of(4) }
    const { data } = k.locationGaussianFrom(one).map({ data: Float32Array.of(5), shape: [1, 1, 1, 1] })
    expect(data[0]).toBe(6)
    const wrong = (more: object) => () => k.locationGaussianFrom({ ...one, ...more })
    expectError(wrong({ precision: Float64Array.of(-1) }), RangeError, 'RANGE', 'location 0')
    const saddle = { shape: [2, 1, 1], mean: new Float64Array(2), precision: Float64Array.of(1, 2, 2, 1) }
    expectError(wrong(saddle), RankDeficientError, 'RANK_DEFICIENT', 'location 0')
    expectError(wrong({ mean: new Float64Array(2) }), RangeError, 'LENGTH', 'mean must have 1')
    expectError(wrong({ precision: [4] }), TypeError, 'TYPE', 'precision')
    expectError(wrong({ precision: Float64Array.of(Number.NaN) }), NonFiniteError, 'NON_FINITE', 'precision[0]')
    expectError(wrong({ shape: [1, 1] }), TypeError, 'TYPE', 'shape')
    expectError(wrong({ shape: [0, 1, 1] }), RangeError, 'RANGE', 'shape[0]')
  })
})
