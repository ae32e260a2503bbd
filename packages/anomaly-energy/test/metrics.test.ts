import { UndefinedMetricError } from '@ukernels/anomaly-energy'
import { NonFiniteError } from '@ukernels/runtime'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { batchOf, expectError, expectRejection, uniform } from './support.js'

describe.each(backends)('metrics: $label', async ({ open }) => {
  const k = await open()
  const m = k.metrics
  afterAll(() => k.dispose())
  const f = (...x: number[]) => Float32Array.from(x)
  const b = (...x: number[]) => Uint8Array.from(x)

  const maps = batchOf(
    [2, 1, 4, 4],
    [9, 8, 1, 0, 7, 5, 0, 0, 0, 0, 2, 6, 0, 3, 0, 4, 0, 0, 1, 1, 0, 2, 2, 0, 0, 0, 0, 0, 5, 0, 0, 0],
  )
  const masks = new Uint8Array(32)
  for (const i of [0, 1, 4, 5, 11, 14, 16 + 6]) masks[i] = 1

  it('AUPRO has the values of the closed form', async () => {
    const { value, limit, regions } = await m.aupro(maps, masks)
    expect({ limit, regions }).toEqual({ limit: 0.3, regions: 3 })
    expect(value).toBeCloseTo(0.65, 12)
    expect((await m.aupro(maps, masks, { limit: 1 })).value).toBeCloseTo(0.835, 12)
    expect(await m.pixelAuroc(maps, masks)).toBeCloseTo(0.88, 12)
    expect(await m.pixelAveragePrecision(maps, masks)).toBeCloseTo(0.7996482684, 10)
    expect(m.components(masks.subarray(0, 16), 4, 4).count).toBe(2)
    expect(m.components(masks.subarray(0, 16), 4, 4, { connectivity: 4 }).count).toBe(3)
  })

  it('AUPRO of a constant map is half the limit, of a perfect one 1', async () => {
    const constant = { ...maps, data: new Float32Array(32).fill(4) }
    expect((await m.aupro(constant, masks, { limit: 0.3 })).value).toBeCloseTo(0.15, 12)
    const perfect = { ...maps, data: Float32Array.from(masks) }
    expect((await m.aupro(perfect, masks)).value).toBe(1)
    const moved = { ...maps, data: maps.data.map((v) => 3 * v ** 3 - 7) }
    expect(await m.aupro(moved, masks)).toEqual(await m.aupro(maps, masks))
    const { fpr, pro } = await m.proCurve(maps, masks)
    expect([fpr[0], pro[0]]).toEqual([0, 0])
    expect(fpr[fpr.length - 1]).toBe(1)
    expect(pro[pro.length - 1]).toBe(1)
    expect(fpr.length).toBe(1 + new Set(maps.data).size)
    const area = fpr.reduce((sum, x, i) => (i === 0 ? 0 : sum + ((x - fpr[i - 1]) * (pro[i] + pro[i - 1])) / 2), 0)
    expect((await m.aupro(maps, masks, { limit: 1 })).value).toBeCloseTo(area, 12)
    for (let i = 1; i < fpr.length; i++) expect(fpr[i] >= fpr[i - 1] && pro[i] >= pro[i - 1] - 1e-15).toBe(true)
  })

  it('is the same under monotone maps, and mirrored under −s', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.boolean()), { minLength: 2, maxLength: 60 }),
        (pairs) => {
          const s = Float32Array.from(pairs, ([v]) => v)
          const y = Uint8Array.from(pairs, ([, label]) => (label ? 1 : 0))
          const positives = y.reduce((a, v) => a + v, 0)
          if (positives === 0 || positives === y.length) return
          const auroc = m.auroc(s, y)
          let wins = 0
          for (let i = 0; i < s.length; i++)
            for (let j = 0; j < s.length; j++)
              if (y[i] === 1 && y[j] === 0) wins += s[i] > s[j] ? 1 : s[i] === s[j] ? 0.5 : 0
          expect(auroc).toBeCloseTo(wins / (positives * (y.length - positives)), 12)
          expect(
            m.auroc(
              s.map((v) => v * 3 + 100),
              y,
            ),
          ).toBe(auroc)
          expect(
            m.auroc(
              s.map((v) => -v),
              y,
            ),
          ).toBeCloseTo(1 - auroc, 12)
          const { f1, threshold } = m.f1Max(s, y)
          const tp = s.filter((v, i) => v >= threshold && y[i] === 1).length
          const all = s.filter((v) => v >= threshold).length
          expect(f1).toBeCloseTo((2 * tp) / (all + positives), 12)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('AUPIMO is 1 for a perfect map, 0 for an inverted one, and uses good images only', async () => {
    const shape = [2, 1, 100, 100] as const
    const mask = new Uint8Array(20000)
    mask.fill(1, 10000, 10100)
    const bounds = { lower: 1e-3, upper: 1e-1 }
    const noise = uniform(20000, 5)
    const perfect = noise.map((v, i) => (mask[i] ? v + 2 : v))
    expect((await m.aupimo({ data: perfect, shape }, mask, bounds)).mean).toBeCloseTo(1, 12)
    const worst = noise.map((v, i) => (mask[i] ? v - 2 : v))
    expect((await m.aupimo({ data: worst, shape }, mask, bounds)).mean).toBe(0)
    const moved = perfect.map((v, i) => (i >= 10000 && !mask[i] ? v + 9 : v))
    expect((await m.aupimo({ data: moved, shape }, mask, bounds)).mean).toBeCloseTo(1, 12)
    // Half of the mask above all good pixels, half below.
    const half = noise.map((v, i) => (mask[i] ? (i % 2 ? 2 : -2) : v))
    const { perImage, mean } = await m.aupimo({ data: half, shape }, mask, bounds)
    expect(perImage.length).toBe(1)
    expect(mean).toBeCloseTo(0.5, 12)
    await expectRejection(m.aupimo({ data: noise, shape }, mask), UndefinedMetricError, 'UNDEFINED_METRIC', '10000')
    const none = new Uint8Array(20000)
    await expectRejection(m.aupimo({ data: noise, shape }, none, bounds), UndefinedMetricError, 'UNDEFINED_METRIC')
    await expectRejection(
      m.aupimo({ data: noise, shape }, mask, { lower: 1, upper: 0.5 }),
      RangeError,
      'RANGE',
      'upper',
    )
  })

  it('labels regions in raster order of their first pixel', () => {
    const mask = b(0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0)
    expect([...m.components(mask, 4, 4, { connectivity: 4 }).labels]).toEqual(
      [0, 1, 0, 2, 3, 0, 4, 0, 0, 4, 4, 4, 0, 0, 0, 0].map((v) => v),
    )
    const eight = m.components(mask, 4, 4)
    expect(eight.count).toBe(1)
    expectError(() => m.components(mask, 4, 5), RangeError, 'LENGTH', 'mask')
    expectError(() => m.components(mask, 4, 4, { connectivity: 6 as never }), RangeError, 'RANGE', 'connectivity')
  })

  it('refuses what has no value', async () => {
    expectError(() => m.auroc(f(1, 2), b(1, 1)), UndefinedMetricError, 'UNDEFINED_METRIC', 'both classes')
    expectError(() => m.auroc(f(), b()), UndefinedMetricError, 'UNDEFINED_METRIC')
    expectError(() => m.auroc(f(1, Number.NaN), b(1, 0)), NonFiniteError, 'NON_FINITE', 's[1]')
    expectError(() => m.auroc(f(1, 2), b(1)), RangeError, 'LENGTH', 'y')
    await expectRejection(m.aupro(maps, new Uint8Array(32)), UndefinedMetricError, 'UNDEFINED_METRIC', 'region')
    await expectRejection(
      m.aupro(maps, new Uint8Array(32).fill(1)),
      UndefinedMetricError,
      'UNDEFINED_METRIC',
      'background',
    )
    await expectRejection(m.aupro(maps, masks, { limit: 0 }), RangeError, 'RANGE', 'limit')
    await expectRejection(m.aupro(maps, masks.subarray(1)), RangeError, 'LENGTH', 'masks')
  })

  it('−0 and +0 are one score', () => {
    expect(m.auroc(f(0, -0), b(1, 0))).toBe(0.5)
  })
})
