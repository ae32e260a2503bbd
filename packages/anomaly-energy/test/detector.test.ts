import { AnomalyDetector, type Batch, type PatchEnergy } from '@ukernels/anomaly-energy'
import { FormatError, KernelError, log } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { expectClose, expectError, expectRejection, images, uniform } from './support.js'

/** Smooth waves with little noise: what is normal here. */
function waves(n: number, seed: number, side = 20): Batch {
  const noise = uniform(n * side * side, seed, -0.02, 0.02)
  const data = noise.map((v, i) => {
    const [y, x] = [Math.floor(i / side) % side, i % side]
    return 0.5 + 0.2 * Math.sin(x / 2) * Math.sin(y / 3) + v
  })
  return { data, shape: [n, 1, side, side] }
}

/** The same with a bright dot at (5, 12). */
function dotted(seed: number): Batch {
  const image = waves(1, seed)
  for (const at of [5 * 20 + 12, 5 * 20 + 13, 6 * 20 + 12]) image.data[at] = 1
  return image
}

describe.each(kinds)('AnomalyDetector: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())
  const good = waves(40, 1)
  const conv = {
    layers: [
      { out: 3, kernel: 3, stride: 1, pad: 1, act: 'silu' },
      { out: 1, kernel: 1, stride: 1, pad: 0, act: 'none' },
    ],
    crop: 8,
    batch: 2,
    bufferSize: 8,
    steps: 1,
    iterations: 2,
  } as const

  it.each(['patch-energy', 'conv-ebm'] as const)('%s: descents stop where good images are', async (method) => {
    const own = method === 'conv-ebm' ? { conv } : { patch: { patch: 3 } as const }
    const options = { method, seed: 3, map: 'descent', sigma: 0, ...own } as const
    const detector = await AnomalyDetector.fit(k, good, options)
    const model = detector.model as PatchEnergy
    const free = await AnomalyDetector.fit(k, good, { ...options, calibration: 0 })
    const dot = detector.predict(dotted(9))
    // One in nine: the highest of the eight energies is usual, and whatever is higher descends to it.
    const at = waves(200, 5)
    const energies = [...model.energy(at)]
    const maps = energies.map((_, i) => {
      const one: Batch = { data: at.data.subarray(400 * i, 400 * (i + 1)), shape: [1, 1, 20, 20] }
      return Math.max(...detector.predict(one).map.data)
    })
    const moved = energies.filter((_, i) => maps[i] > 0)
    const still = energies.filter((_, i) => maps[i] === 0)
    expect(still.length).toBeGreaterThan(100)
    expect(moved.length).toBeGreaterThan(0)
    expect(Math.min(...moved, Infinity)).toBeGreaterThan(Math.max(...still))
    expect(detector.mapPeak).toBe(0)
    expect(free.mapPeak).toBeUndefined()
    expect(Math.max(...free.predict(waves(1, 77)).map.data)).toBeGreaterThan(0)
    const again = AnomalyDetector.fromBytes(k, detector.toBytes())
    expect(again.predict(dotted(9))).toEqual(dot)
  })

  it('descents of tiles stop at the energy of tiles', async () => {
    const options = { seed: 3, map: 'descent', sigma: 0, patch: { patch: 3 }, tile: { size: 10 } } as const
    const detector = await AnomalyDetector.fit(k, good, options)
    const { map } = detector.predict(dotted(9))
    const changed = [...map.data.keys()].filter((u) => map.data[u] > 0)
    expect(changed.length).toBeGreaterThan(0)
    for (const u of changed) expect([Math.floor(u / 20) < 13, u % 20 >= 5]).toEqual([true, true])
  })

  it('two-sided maps are distances to the maps of good images, in their standard deviations', async () => {
    const options = { seed: 3, map: 'two-sided', sigma: 1, patch: { patch: 3 } } as const
    const later = await AnomalyDetector.fit(k, good, { ...options, calibration: 0 })
    expectError(() => later.predict(dotted(9)), KernelError, 'NOT_FITTED', 'calibrate')
    const others = waves(12, 8)
    await later.calibrate(others)
    const model = later.model as PatchEnergy
    const blurred = (x: Batch) => {
      const { data, shape } = k.reduceChannels(model.gradient(x), 'l1')
      return k.gaussianBlur({ data: data.map((v) => log(v + 1e-3)), shape }, 1).data
    }
    const inner = [...blurred(others)].filter((_, u) => {
      const [y, x] = [Math.floor(u / 20) % 20, u % 20]
      return Math.min(x, y) >= 6 && Math.max(x, y) < 14
    })
    const mean = inner.reduce((a, b) => a + b) / inner.length
    const deviation = Math.sqrt(inner.reduce((a, b) => a + (b - mean) ** 2, 0) / inner.length)
    const flat = { data: new Float32Array(400).fill(0.5), shape: [1, 1, 20, 20] } as const
    for (const image of [dotted(9), flat]) {
      const { map } = later.predict(image)
      expectClose(
        map.data,
        [...blurred(image)].map((v) => Math.abs(v - mean) / deviation),
        1e-5,
      )
    }
    const again = AnomalyDetector.fromBytes(k, later.toBytes())
    expect(again.predict(flat)).toEqual(later.predict(flat))
    const cropped = await AnomalyDetector.fit(k, good, { ...options, border: 'crop' })
    const { map } = cropped.predict(flat)
    expect(map.data.every((v, u) => Math.min(u % 20, Math.floor(u / 20)) >= 2 || v === 0)).toBe(true)
    expect(map.data[10 * 20 + 10]).toBeGreaterThan(1)
  })

  it('two tails share the rate of false alarms, and take as many images more', async () => {
    const options = { seed: 3, patch: { patch: 3 }, weight: 0.5 } as const
    await expectRejection(AnomalyDetector.fit(k, good, { ...options, fpr: 0.1 }), RangeError, 'RANGE', 'takes 19')
    const detector = await AnomalyDetector.fit(k, good, options)
    expect(detector.fpr).toBeCloseTo(2 / 9, 12)
    for (const image of [dotted(9), { data: new Float32Array(400).fill(0.5), shape: [1, 1, 20, 20] as const }])
      expect(detector.predict(image)).toMatchObject({ isAnomalous: true, pValue: 2 / 9 })
    const few = await AnomalyDetector.fit(k, waves(2, 1), options)
    expect(few.fpr).toBe(1)
  })

  it.each(['patch-energy', 'padim', 'patchcore', 'fre', 'gaussian'] as const)('%s finds the dot', async (method) => {
    const detector = await AnomalyDetector.fit(k, good, {
      method,
      seed: 3,
      patch: method === 'patch-energy' ? { patch: 3 } : undefined,
      sigma: 1,
    })
    const { score, map, pValue, isAnomalous } = detector.predict(dotted(9))
    const usual = detector.predict(waves(1, 77))
    expect(detector.calibrator?.n).toBe(8)
    expect(score).toBeGreaterThan(usual.score)
    expect(pValue).toBeCloseTo(1 / 9, 12)
    expect(isAnomalous).toBe(true)
    expect(map.shape).toEqual([1, 1, 20, 20])
    const peak = map.data.indexOf(Math.max(...map.data))
    expect(Math.abs(Math.floor(peak / 20) - 5)).toBeLessThanOrEqual(3)
    expect(Math.abs((peak % 20) - 12)).toBeLessThanOrEqual(3)
    const again = AnomalyDetector.fromBytes(k, detector.toBytes())
    expect(again.predict(dotted(9))).toEqual({ score, map, pValue, isAnomalous })
    expect(await detector.predictAsync(dotted(9))).toEqual({ score, map, pValue, isAnomalous })
    expect(again.toBytes()).toEqual(detector.toBytes())
  })

  it.each(['padim', 'gaussian'] as const)('the score of %s is the largest value of its map', async (method) => {
    const tile = { size: 12 }
    for (const more of [{}, { tile }]) {
      const detector = await AnomalyDetector.fit(k, good, { method, seed: 3, ...more })
      const { score, map } = detector.predict(dotted(9))
      expect(score).toBe(Math.max(...map.data))
    }
  })

  it('trains a convolutional energy', async () => {
    const detector = await AnomalyDetector.fit(k, good, { method: 'conv-ebm', seed: 1, conv })
    const { score, map } = detector.predict(dotted(1))
    expect(Number.isFinite(score)).toBe(true)
    expect(map.shape).toEqual([1, 1, 20, 20])
  })

  it('keeps the share asked for, takes streams, and calibrates anew', async () => {
    const none = await AnomalyDetector.fit(k, good, { seed: 1, calibration: 0, patch: { patch: 3 } })
    expect(none.calibrator).toBeUndefined()
    expect(none.fpr).toBeNaN()
    expect(none.predict(dotted(2))).toMatchObject({ pValue: Number.NaN, isAnomalous: false })
    await none.calibrate(waves(19, 50))
    expect(none.fpr).toBe(0.05)
    expect(none.predict(dotted(2)).isAnomalous).toBe(true)
    function* stream() {
      for (let i = 0; i < 40; i++)
        yield { data: good.data.subarray(400 * i, 400 * i + 400), shape: [1, 1, 20, 20] as const }
    }
    const streamed = await AnomalyDetector.fit(k, stream(), { seed: 1, calibration: 0, patch: { patch: 3 } })
    expect(streamed.model.toBytes()).toEqual(none.model.toBytes())
  })

  it('splits off the same images of a batch and of a stream, their share rounded, at least one of two', async () => {
    const options = { seed: 5, patch: { patch: 3 } } as const
    for (const n of [1, 2, 3, 5, 7, 8, 10, 23]) {
      const data = good.data.subarray(0, 400 * n)
      const whole = await AnomalyDetector.fit(k, { data, shape: [n, 1, 20, 20] }, options)
      const one = (i: number) => data.subarray(400 * i, 400 * i + 400)
      const stream = Array.from({ length: n }, (_, i) => ({ data: one(i), shape: [1, 1, 20, 20] as const }))
      expect(whole.calibrator?.n).toBe(n === 1 ? undefined : Math.max(1, Math.round(0.2 * n)))
      expect((await AnomalyDetector.fit(k, stream, options)).toBytes()).toEqual(whole.toBytes())
    }
    const most = await AnomalyDetector.fit(k, good, { ...options, calibration: 0.999 })
    expect(most.calibrator?.n).toBe(39)
    const [a, b] = await Promise.all([5, 6].map((seed) => AnomalyDetector.fit(k, good, { seed, patch: { patch: 3 } })))
    expect(a.calibrator?.values).not.toEqual(b.calibrator?.values)
  })

  it('says how many images a rate of false alarms takes', async () => {
    const patch = { patch: 3 } as const
    const fit = (fpr: number, calibration?: number) =>
      AnomalyDetector.fit(k, good, { seed: 0, patch, fpr, calibration })
    await expectRejection(fit(0.01), RangeError, 'RANGE', '99 calibration images', 'got 8', '493 good images')
    await expectRejection(fit(0.001), RangeError, 'RANGE', '999 calibration images', 'at most 512', 'calibrate()')
    const later = await fit(0.05, 0)
    await expectRejection(later.calibrate(waves(18, 5)), RangeError, 'RANGE', '19 calibration images, got 18')
    await later.calibrate(waves(19, 5))
    expect(later.fpr).toBe(0.05)
  })

  it('works on tiles of large images', async () => {
    const options = { seed: 1, patch: { patch: 3 }, tile: { size: 12, overlap: 4 }, info: { line: 7 } } as const
    const detector = await AnomalyDetector.fit(k, good, options)
    expect(detector.info).toEqual({ line: 7 })
    const { map, isAnomalous } = detector.predict(dotted(9))
    expect(map.shape).toEqual([1, 1, 20, 20])
    expect(isAnomalous).toBe(true)
    expect([...map.data].every(Number.isFinite)).toBe(true)
  })

  it('asks for predictAsync where features take their time', async () => {
    const features = async (x: Batch) => x
    const detector = await AnomalyDetector.fit(k, good, { method: 'gaussian', features, seed: 0 })
    expectError(() => detector.predict(dotted(1)), TypeError, 'TYPE', 'predictAsync')
    expect((await detector.predictAsync(dotted(1))).isAnomalous).toBe(true)
  })

  it('says what is wrong', async () => {
    await expectRejection(AnomalyDetector.fit(k, good, {} as never), TypeError, 'TYPE', 'seed')
    await expectRejection(AnomalyDetector.fit(k, good, { seed: 0, fpr: 0.01 }), RangeError, 'RANGE', 'fpr', '99')
    await expectRejection(AnomalyDetector.fit(k, 5 as never, { seed: 0 }), TypeError, 'TYPE', 'images')
    const method = 'knn' as never
    await expectRejection(AnomalyDetector.fit(k, good, { seed: 0, method }), TypeError, 'TYPE', 'patchcore')
    const detector = await AnomalyDetector.fit(k, good, { seed: 0, patch: { patch: 3 } })
    expectError(() => detector.predict(images([2, 1, 20, 20], 1)), RangeError, 'LENGTH', '[1, c, h, w]')
    expectError(() => AnomalyDetector.fromBytes(k, detector.model.toBytes()), FormatError, 'CORRUPT', 'detector')
  })
})
