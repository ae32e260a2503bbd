import { afterAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { batchOf, expectError, images } from './support.js'

describe.each(backends)('LangevinSampler: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it('diverges where it must', () => {
    const growth = (epsilon: number) => {
      const sampler = k.createSampler({ steps: 40, step: epsilon ** 2 / 2, noise: 0, seed: 7 })
      return sampler.runWith((at, g) => g.set(at), Float32Array.of(1), 1)[0]
    }
    expect(Math.abs(growth(1.9))).toBeLessThan(1)
    expect(Math.abs(growth(2.1))).toBeGreaterThan(10)
  })

  it('clips steps, gradients and pixels', () => {
    const pull = (_: Float32Array, g: Float32Array) => void g.fill(10)
    const at = (clip: 'step' | 'grad' | 'none', range: [number, number] | null) =>
      k
        .createSampler({ steps: 1, step: 0.5, noise: 0, clip, clipAt: 0.03, range, seed: 0 })
        .runWith(pull, Float32Array.of(1), 1)[0]
    expect(at('none', null)).toBe(-4)
    expect(at('none', [-1, 1])).toBe(-1)
    expect(at('step', null)).toBeCloseTo(0.97, 6)
    expect(at('grad', null)).toBeCloseTo(1 - 0.015, 6)
  })

  it('draws the same for a chain and a step, whatever the batch', async () => {
    const net = k.createConvEnergy([{ out: 1, kernel: 3, stride: 1, pad: 1, act: 'none' }], {
      channels: 1,
      seed: 1,
      numerics: 'exact',
    })
    const options = { steps: 4, step: 0.1, noise: 0.05, range: [0, 1] as [number, number], seed: 3 }
    const sampler = k.createSampler(options)
    const x = images([3, 1, 6, 5], 2)
    const all = sampler.run(net, x)
    expect(all.shape).toEqual(x.shape)
    const last = sampler.run(net, batchOf([1, 1, 6, 5], x.data.subarray(60)), { chain0: 2 })
    expect(last.data).toEqual(all.data.slice(60))
    const half = k.createSampler({ ...options, steps: 2 })
    const twice = half.run(net, half.run(net, x), { step0: 2 })
    expect(twice.data).toEqual(all.data)
    expect((await sampler.runAsync(net, x)).data).toEqual(all.data)
    expect(k.createSampler({ ...options, seed: 4 }).run(net, x).data).not.toEqual(all.data)
  })

  it('says what is wrong', () => {
    const good = { steps: 1, step: 1, noise: 0, seed: 0 }
    expectError(() => k.createSampler({ ...good, clip: 'step' }), TypeError, 'TYPE', 'clipAt')
    expectError(() => k.createSampler({ ...good, noise: -1 }), RangeError, 'RANGE', 'noise')
    expectError(() => k.createSampler({ ...good, range: [1, 0] }), RangeError, 'RANGE', 'range')
    expectError(() => k.createSampler({ ...good, noiseOrder: 'last' as never }), TypeError, 'TYPE', 'noiseOrder')
    expectError(() => k.createSampler(good).runWith(() => {}, new Float32Array(3), 2), RangeError, 'LENGTH', 'x')
  })
})
