import { KernelError, NonFiniteError, RankDeficientError } from '@ukernels/runtime'
import { sharedBuffer } from '@ukernels/test-kit/bytes'
import { afterAll, describe, expect, it } from 'vitest'
import type { PatchEnergy } from '../src/patch.js'
import { backends } from './backends.js'
import { overlapAdd, randomParameters } from './patch-reference.js'
import { expectClose, expectError, expectRejection, images } from './support.js'

describe.each(backends)('PatchEnergy: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it('filters as overlap-add does, at every size from p to 4 p', () => {
    for (const [patch, channels] of [
      [3, 1],
      [3, 2],
      [5, 1],
    ]) {
      const parameters = randomParameters(patch, channels, patch + channels)
      const model = k.patchEnergyFrom(parameters)
      for (let h = patch; h <= 4 * patch; h += patch > 3 ? 3 : 1) {
        for (const w of [patch, 2 * patch - 2, 2 * patch - 1, 2 * patch, 4 * patch - 1]) {
          const x = images([2, channels, h, w], h * 100 + w)
          const expected = overlapAdd(parameters, x)
          expectClose(model.gradient(x).data, expected.g, 5e-6)
          expectClose(model.energy(x), expected.energy, 2e-5)
          expectClose(model.energyMap(x).data, expected.map, 1e-5)
        }
      }
    }
  })

  it('moves with the image away from the border', () => {
    const model = k.patchEnergyFrom(randomParameters(3, 1, 4))
    const wide = images([1, 1, 14, 15], 8)
    const cut = (left: number) => {
      const data = new Float32Array(14 * 12)
      for (let y = 0; y < 14; y++) for (let x = 0; x < 12; x++) data[12 * y + x] = wide.data[15 * y + x + left]
      return model.gradient({ data, shape: [1, 1, 14, 12] }).data
    }
    const [a, b] = [cut(0), cut(2)]
    for (let y = 2; y < 12; y++) for (let x = 2; x < 8; x++) expect(b[12 * y + x]).toBe(a[12 * y + x + 2])
  })

  const fitted: Promise<PatchEnergy> = k.fitPatchEnergy(images([3, 1, 24, 21], 7), { patch: 3 }) as never

  it('a batch is its images one by one', async () => {
    const model = await fitted
    const x = images([5, 1, 12, 11], 3)
    const scores = ['energy', 'gL1', 'gL2', 'gMax', 'blurMax', 'topQ', 'energyMapMax'] as const
    const all = scores.map((how) => model.score(x, how))
    const out = new Float32Array(x.shape[0] + 1)
    expect(model.score(x, 'gL2', out)).toEqual(model.score(x, 'gL2', { out: new Float32Array(x.shape[0]) }))
    expect(out[0]).toBe(model.score(x, 'gL2')[0])
    for (let i = 0; i < 5; i++) {
      const one = { data: x.data.subarray(132 * i, 132 * i + 132), shape: [1, 1, 12, 11] as const }
      for (const [s, how] of scores.entries()) expect(model.score(one, how)[0]).toBe(all[s][i])
      expect(model.gradient(one).data).toEqual(model.gradient(x).data.slice(132 * i, 132 * i + 132))
    }
  })

  it('scores that overflow are NaN, and those beside them as they were', async () => {
    const model = await fitted
    const x = images([2, 1, 12, 11], 3)
    const one = { data: x.data.slice(0, 132), shape: [1, 1, 12, 11] as const }
    x.data.fill(1e37, 132)
    for (const how of ['energy', 'gL1', 'gL2', 'gMax', 'blurMax', 'topQ', 'energyMapMax'] as const)
      expect([...model.score(x, how)], how).toEqual([model.score(one, how)[0], Number.NaN])
  })

  it('fits a stream as it fits the whole', async () => {
    const whole = await fitted
    const data = images([3, 1, 24, 21], 7).data
    function* stream() {
      for (let i = 0; i < 3; i++) yield { data: data.subarray(504 * i, 504 * i + 504), shape: [1, 1, 24, 21] as const }
    }
    const streamed = await k.fitPatchEnergy(stream(), { patch: 3 })
    expect(streamed.toBytes()).toEqual(whole.toBytes())
  })

  it('fits in parts: the bits of one fit after whole blocks of patches, else as close as f64 is', async () => {
    // 16 × 16 places of a 3 × 3 patch: 256 patches, a block, per image of 18 × 18 at stride 1.
    const options = { patch: 3, stride: 1 } as const
    const x = images([5, 1, 18, 18], 31)
    const part = (begin: number, end: number, h = 18) => ({
      data: x.data.subarray(begin * 18 * h, end * 18 * h),
      shape: [end - begin, 1, h, 18] as const,
    })
    const whole = await k.fitPatchEnergy(x, options)
    const parts = await k.fitPatchEnergy(part(0, 2), options)
    await parts.partialFit(part(2, 3))
    await parts.partialFit([part(3, 4), part(4, 5)])
    expect(parts.n).toBe(5 * 256)
    expect(parts.toBytes()).toEqual(whole.toBytes())
    expect(parts.gradient(x).data).toEqual(whole.gradient(x).data)

    const [one, other] = [
      await k.fitPatchEnergy(part(0, 2, 15), options),
      await k.fitPatchEnergy(part(2, 5, 15), options),
    ]
    const swapped = k.fromBytes(other.toBytes()) as PatchEnergy
    const both = await k.fitPatchEnergy(part(0, 5, 15), options)
    const continued = k.fromBytes(one.toBytes()) as PatchEnergy
    await continued.partialFit(part(2, 5, 15))
    swapped.merge(one)
    one.merge(other)
    for (const model of [one, swapped, continued]) {
      expect(model.n).toBe(both.n)
      expectClose(model.mean, both.mean, 1e-12)
      expectClose(model.precision, both.precision, 1e-10)
    }
    expectClose(one.precision, swapped.precision, 1e-12)
  })

  it('keeps the fit it has when another one fails', async () => {
    const model = k.fromBytes((await fitted).toBytes()) as PatchEnergy
    const before = model.toBytes()
    const bad = images([1, 1, 9, 9], 1)
    bad.data[80] = Number.NaN
    await expectRejection(
      model.partialFit([images([1, 1, 9, 9], 2), bad]),
      NonFiniteError,
      'NON_FINITE',
      'images.data[80]',
    )
    await expectRejection(model.partialFit(images([1, 2, 9, 9], 2)), RangeError, 'LENGTH', '1 channels', 'got 2')
    await expectRejection(model.partialFit([]), RangeError, 'LENGTH', 'at least one batch')
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(model.partialFit(images([1, 1, 9, 9], 2), { signal: stop.signal })).rejects.toThrow('enough')
    const wider = await k.fitPatchEnergy(images([3, 1, 24, 21], 7), { patch: 3, stride: 1 })
    expectError(() => model.merge(wider), KernelError, 'MISMATCH', 'other.stride must be 2', 'got 1')
    const given = k.patchEnergyFrom(randomParameters(3, 1, 4))
    expect(given.n).toBe(0)
    await expectRejection(given.partialFit(images([1, 1, 9, 9], 2)), KernelError, 'NOT_FITTED', 'given parameters')
    expectError(() => model.merge(given), KernelError, 'NOT_FITTED')
    expect(model.toBytes()).toEqual(before)
  })

  it('a model file gives the same bits and is small', async () => {
    const model = await k.fitPatchEnergy(images([1, 1, 40, 40], 1))
    const bytes = model.toBytes()
    expect(bytes.length).toBeLessThan(100_000)
    const again = k.fromBytes(bytes) as PatchEnergy
    const x = images([2, 1, 20, 20], 5)
    expect(again.gradient(x)).toEqual(model.gradient(x))
    expect(again.energyMap(x)).toEqual(model.energyMap(x))
    expect(again.energy(x)).toEqual(model.energy(x))
    expect(again.toBytes()).toEqual(bytes)
  })

  it('descends to less energy, and stops where it is asked to', async () => {
    const model = await fitted
    const x = images([2, 1, 12, 12], 11)
    const map = model.descentMap(x, { maxSteps: 8 })
    expect(map.shape).toEqual(x.shape)
    expect(Math.max(...map.data)).toBeGreaterThan(0)
    expect(Math.max(...map.data)).toBeLessThanOrEqual(8 * 0.03 + 1e-6)
    expect(Math.max(...model.descentMap(x, { threshold: Infinity }).data)).toBe(0)
    expectError(() => model.descentMap(x, { clip: 0 }), RangeError, 'RANGE', 'clip')
  })

  it('says what is wrong', async () => {
    const model = await fitted
    expectError(() => model.gradient(images([1, 1, 2, 9], 1)), RangeError, 'LENGTH', '3 × 3', '2 × 9')
    expectError(() => model.gradient(images([1, 2, 9, 9], 1)), RangeError, 'LENGTH', 'channels')
    const bad = images([1, 1, 9, 9], 1)
    bad.data[40] = Number.NaN
    expectError(() => model.energy(bad), NonFiniteError, 'NON_FINITE', 'x.data[40]')
    expectError(() => model.score(images([1, 1, 9, 9], 1), 'best' as never), TypeError, 'TYPE', 'gL2')
    const x = images([1, 1, 9, 9], 1)
    expectError(() => model.gradient(x, x.data), RangeError, 'OVERLAP', 'out')
    expectError(() => model.gradient(x, new Float32Array(80)), RangeError, 'LENGTH', 81)
    expectError(() => model.gradient({ data: x.data, shape: [1, 1, 9, 8] }), RangeError, 'LENGTH', 72)
    expect(model.energy({ data: new Float32Array(0), shape: [0, 1, 9, 9] }).length).toBe(0)
    await expectRejection(
      k.fitPatchEnergy(images([1, 1, 9, 9], 1), { patch: 4 as never }),
      RangeError,
      'RANGE',
      'patch',
    )
    const flat = { data: new Float32Array(400).fill(0.5), shape: [1, 1, 20, 20] as const }
    await expectRejection(k.fitPatchEnergy(flat, { ridge: 0 }), RankDeficientError, 'RANK_DEFICIENT', 'ridge')
    expect((await k.fitPatchEnergy(flat)).energy(flat)[0]).toBeCloseTo(0, 6)
    const crooked = randomParameters(3, 1, 1)
    crooked.precision[1] += 1
    expectError(() => k.patchEnergyFrom(crooked), RankDeficientError, 'RANK_DEFICIENT', 'symmetric')
    await expectRejection(k.fitPatchEnergy([]), RangeError, 'LENGTH', 'batch')
  })

  it('leaves the images alone and scores them the same twice', async () => {
    const model = await fitted
    const x = images([1, 1, 16, 16], 6)
    const before = x.data.slice()
    const first = model.score(x, 'gMax')
    expect(model.score(x, 'gMax')).toEqual(first)
    expect(x.data).toEqual(before)
    const shared = new Float32Array(sharedBuffer(4 * 260), 4 * 3, 256)
    shared.set(x.data)
    expect(model.score({ data: shared, shape: x.shape }, 'gMax')).toEqual(first)
  })

  it('an aborted fit rejects with the reason', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(k.fitPatchEnergy(images([1, 1, 64, 64], 1), { signal: stop.signal })).rejects.toThrow('enough')
  })
})
