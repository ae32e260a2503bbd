import { type CdTrainer, type ConvLayer, DivergedError, presets } from '@ukernels/anomaly-energy'
import { KernelError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { planOf } from '../src/conv-plan.js'
import { readModel } from '../src/model-file.js'
import { lossOf } from '../src/objectives.js'
import { TAGS } from '../src/replay-buffer.js'
import { SpectralNorms } from '../src/spectral-norm.js'
import { backends } from './backends.js'
import { expectClose, expectError, expectRejection, images } from './support.js'

const layers: ConvLayer[] = [
  { out: 4, kernel: 4, stride: 2, pad: 1, act: 'silu' },
  { out: 1, kernel: 3, stride: 1, pad: 1, act: 'none' },
]

describe('objectives', () => {
  const [pos, neg] = [Float64Array.of(1, -2, 0.5), Float64Array.of(0.3, 4, -1)]

  it.each(['cd', 'softplus', 'logsumexp'] as const)('%s: coefficients are the slopes of the loss', (objective) => {
    const { coefficients, loss } = lossOf(objective, pos, neg, 2, 0.1)
    expect(Number.isFinite(loss)).toBe(true)
    // The weights of logsumexp are constants of the gradient, so only its positives have this slope.
    const slopes = (objective === 'logsumexp' ? [0, 1, 2] : [0, 1, 2, 3, 4, 5]).map((i) => {
      const at = (h: number) => {
        const [p, q] = [pos.slice(), neg.slice()]
        if (i < 3) p[i] += h
        else q[i - 3] += h
        return lossOf(objective, p, q, 2, 0.1).loss
      }
      return (at(1e-5) - at(-1e-5)) / 2e-5
    })
    expectClose(coefficients.subarray(0, slopes.length), slopes, 1e-6)
  })

  it('cd of E = ½ a x²: ∂L/∂a = ½ (mean x⁺² − mean x⁻²)', () => {
    const [a, plus, minus] = [0.7, [1, -2], [0.25, 3]]
    const slopes = [...plus, ...minus].map((x) => x ** 2 / 2)
    const energies = Float64Array.from(slopes, (slope) => a * slope)
    const { coefficients } = lossOf('cd', energies.subarray(0, 2), energies.subarray(2), 1, 0)
    const along = coefficients.reduce((sum, c, i) => sum + c * slopes[i], 0)
    expect(along).toBeCloseTo((5 / 2 - 9.0625 / 2) / 2, 12)
  })

  it('cd of equal energies is 0, softplus ln 2', () => {
    expect(lossOf('cd', pos, pos, 1, 0).loss).toBe(0)
    expect(lossOf('softplus', pos, pos, 1, 0).loss).toBeCloseTo(Math.LN2, 12)
    expect(lossOf('softplus', Float64Array.of(900), Float64Array.of(-900), 1, 0).loss).toBe(1800)
    const { coefficients } = lossOf('logsumexp', pos, Float64Array.of(5, -5, 900), 1, 0)
    expect(coefficients[4]).toBeCloseTo(-1 / (1 + 1e-4), 3)
    expect(coefficients[5]).toBeCloseTo(0, 12)
  })
})

const options = { batch: 4, crop: 8, bufferSize: 16, steps: 3, seed: 11 }

describe.each(backends)('CdTrainer: $label', async ({ open, label }) => {
  const k = await open()
  afterAll(() => k.dispose())
  const data = images([2, 1, 12, 10], 3)
  const make = (more = {}): CdTrainer =>
    k.createTrainer(k.createConvEnergy(layers, { channels: 1, seed: 2, numerics: 'exact' }), { ...options, ...more })

  it('is reproducible, in one go, in two, and from a checkpoint', async () => {
    const [whole, parts] = [make(), make()]
    const seen: number[] = []
    await whole.fit(data, {
      iterations: 4,
      onProgress: ({ done, total, stats }) => seen.push(done, total, stats.gradNorm),
    })
    await parts.fit(data, { iterations: 2 })
    const saved = parts.checkpoint()
    await parts.fit(data, { iterations: 2 })
    expect(parts.checkpoint()).toEqual(whole.checkpoint())
    expect(seen.slice(-3, -1)).toEqual([4, 4])
    const restored = make()
    restored.restore(saved)
    expect(restored.iteration).toBe(2)
    await restored.fit(data, { iterations: 2 })
    expect(restored.checkpoint()).toEqual(whole.checkpoint())
    expect(restored.ema.params).toEqual(whole.ema.params)
    expect(make({ seed: 12 }).ema.params).toEqual(make().ema.params)
  })

  it.each([
    { objective: 'softplus', noiseOrder: 'with-step', clip: 'none' },
    { objective: 'logsumexp', clip: 'grad', bufferStorage: 'u8' },
    { spectralNorm: true, warmup: 3, gradNorm: null, beta1: 0.9 },
    { ...presets.openai, batch: 4, bufferSize: 16, steps: 2 },
    { ...presets.jem, batch: 4, bufferSize: 16, steps: 2 },
    { ...presets.improvedCd, batch: 4, bufferSize: 16, steps: 2, divergesAt: 1e6 },
  ] as const)('takes every option: %j', async (more) => {
    const trainer = make(more)
    const before = trainer.ema.params.slice()
    await trainer.fit(data, { iterations: 2 })
    expect(trainer.ema.params).not.toEqual(before)
    expect(trainer.ema.params.every(Number.isFinite)).toBe(true)
    const again = make(more)
    again.restore(trainer.checkpoint())
    expect(again.ema.params).toEqual(trainer.ema.params)
  })

  it('clips crops and chains to the range, or not', () => {
    // E(x) = x: a step of 10 goes down by 10, from chains in [−1, 1].
    const params = Float32Array.of(1, 0)
    const layers: ConvLayer[] = [{ out: 1, kernel: 1, stride: 1, pad: 0, act: 'none' }]
    const line = k.convEnergyFrom({ layers, channels: 1, params, sign: 1, scale: 1, offset: 0 })
    const still = { batch: 2, crop: 1, bufferSize: 2, steps: 1, step: 10, noise: 0, dataNoise: 0, seed: 1 }
    const data = { data: Float32Array.of(3, 3), shape: [2, 1, 1, 1] as const }
    const kept = k.createTrainer(line, { ...still, clip: 'none' }).step(data)
    expect([kept.ePos, kept.eNeg]).toEqual([1, -1])
    const free = k.createTrainer(line, { ...still, clip: 'none', bounded: presets.jem.bounded }).step(data)
    expect(free.ePos).toBe(3)
    expect(free.eNeg).toBeLessThanOrEqual(-9)
  })

  it('takes a batch of the caller and says how it went', () => {
    const trainer = make()
    const stats = trainer.step(images([4, 1, 8, 8], 9))
    for (const value of Object.values(stats)) expect(Number.isFinite(value)).toBe(true)
    expect(stats.bufferAge).toBe(0)
    expect(trainer.iteration).toBe(1)
    expectError(() => trainer.step(images([3, 1, 8, 8], 9)), RangeError, 'LENGTH', '[4, 1, 8, 8]')
  })

  it('lowers the energy of the data against that of noise', () => {
    const trainer = make({ learningRate: 3e-3, emaDecay: 0 })
    const flat = { data: new Float32Array(256).fill(0.8), shape: [4, 1, 8, 8] as const }
    const gap = () => trainer.ema.energy(flat)[0] - trainer.ema.energy(images([1, 1, 8, 8], 4))[0]
    const before = gap()
    for (let i = 0; i < 25; i++) trainer.step(flat)
    expect(gap()).toBeLessThan(before - 1)
  })

  it('divides by singular values of one power iteration per forward pass', () => {
    const trainer = make({ spectralNorm: true, steps: 3 })
    const tensor = (name: string) => readModel(trainer.checkpoint()).tensors[name].data
    const [norms, theta] = [SpectralNorms.start(planOf(layers, 1), 11, TAGS.init), tensor('theta') as Float32Array]
    expect(tensor('u')).toEqual(norms.vectors)
    trainer.step(images([4, 1, 8, 8], 9))
    // Of three Langevin steps, and of the loss.
    for (let pass = 0; pass < 4; pass++) norms.apply(theta, 1)
    expect(tensor('u')).toEqual(norms.vectors)
  })

  it.each([false, true])('an aborted run keeps the last step, spectralNorm: %s', async (spectralNorm) => {
    const trainer = make({ spectralNorm })
    const stop = new AbortController()
    const run = trainer.fit(data, {
      iterations: 1e6,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    })
    await expect(run).rejects.toThrow('enough')
    const done = trainer.iteration
    expect(done).toBeGreaterThan(0)
    const again = make({ spectralNorm })
    await again.fit(data, { iterations: done })
    expect(again.checkpoint()).toEqual(trainer.checkpoint())
    expect(again.ema.params).toEqual(trainer.ema.params)
  })

  it.each([false, true])(
    'a checkpoint in the middle of a run is that of a step, spectralNorm: %s',
    async (spectralNorm) => {
      const trainer = make({ spectralNorm })
      const saved: Uint8Array[] = []
      const timer = setInterval(() => saved.push(trainer.checkpoint()), 0)
      await trainer.fit(data, { iterations: 20 })
      clearInterval(timer)
      const steps = new Map<number, Uint8Array>()
      const again = make({ spectralNorm })
      for (let i = 0; i <= 20; i++) {
        steps.set(i, again.checkpoint())
        await again.fit(data, { iterations: 1 })
      }
      // The reference runs through without a pause.
      expect(saved.length > 0).toBe(label !== 'reference')
      for (const bytes of saved) {
        const one = make({ spectralNorm })
        one.restore(bytes)
        expect(bytes).toEqual(steps.get(one.iteration))
      }
    },
  )

  it('does one thing at a time', async () => {
    const trainer = make()
    const run = trainer.fit(data, { iterations: 2 })
    await expectRejection(trainer.fit(data, { iterations: 1 }), KernelError, 'BUSY', 'fit')
    expectError(() => trainer.step(images([4, 1, 8, 8], 9)), KernelError, 'BUSY', 'step')
    expectError(() => trainer.restore(trainer.checkpoint()), KernelError, 'BUSY', 'restore')
    await run
    const again = make()
    await again.fit(data, { iterations: 2 })
    expect(again.checkpoint()).toEqual(trainer.checkpoint())
  })

  it.each([false, true])('a diverged run keeps the last step, spectralNorm: %s', async (spectralNorm) => {
    const trainer = make({ divergesAt: 1e-9, spectralNorm })
    const before = trainer.checkpoint()
    await expectRejection(trainer.fit(data, { iterations: 3 }), DivergedError, 'DIVERGED', 'mean E')
    expect(trainer.checkpoint()).toEqual(before)
  })

  it('refuses a checkpoint of another trainer', () => {
    const bytes = make().checkpoint()
    expectError(() => make({ batch: 5 }).restore(bytes), KernelError, 'MISMATCH', 'batch')
    expectError(() => make({ seed: 12 }).restore(bytes), KernelError, 'MISMATCH', 'seed')
    expectError(() => make().restore(bytes.subarray(0, 100)), KernelError, 'CORRUPT')
    expectError(() => make().restore(make().ema.toBytes()), KernelError, 'CORRUPT', 'cd-trainer')
  })

  it('says what is wrong', async () => {
    await expectRejection(make().fit(images([1, 1, 7, 9], 1), { iterations: 1 }), RangeError, 'LENGTH', 'images.shape')
    expectError(() => make({ bufferSize: 3 }), RangeError, 'RANGE', 'bufferSize')
    expectError(() => make({ emaDecay: 1 }), RangeError, 'RANGE', 'emaDecay')
    expectError(() => make({ crop: 1 }), RangeError, 'LENGTH', 'layer')
    await expectRejection(make().fit(data, {} as never), TypeError, 'TYPE', 'iterations')
  })
})
