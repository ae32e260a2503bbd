/** Wrong arguments that types would refuse: every message names argument, value and expectation. */
import { AnomalyDetector, defaultLayers, load, UndefinedMetricError } from '@ukernels/anomaly-energy'
import { RankDeficientError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { textureProtocol } from '../src/synthetic.js'
import { expectError, expectRejection, images, uniform } from './support.js'

const none = undefined as never
const k = await load({ backend: 'wasm' })
afterAll(() => k.dispose())
const f = uniform(60, 1)
const x = images([1, 1, 9, 9], 2)
const gaussian = await k.fitGaussian(f, 3, { ridge: 0.1 })
const patch = await k.fitPatchEnergy(x, { patch: 3 })
const net = k.createConvEnergy([{ out: 1, kernel: 3, stride: 1, pad: 1, act: 'none' }], { channels: 1, seed: 0 })
const sampler = k.createSampler({ steps: 1, step: 1, noise: 0, seed: 0 })

describe('types', () => {
  it.each<[what: string, run: () => unknown, ...texts: string[]]>([
    ['another model to merge', () => gaussian.merge(patch as never), 'other', 'GaussianEnergy'],
    ['nothing to merge', () => patch.merge(none), 'other', 'PatchEnergy', 'undefined'],
    ['another model to sample', () => sampler.run(patch as never, x), 'e must be', 'ConvEnergy'],
    ['another model to train', () => k.createTrainer(patch as never, { seed: 0 }), 'e must be', 'ConvEnergy'],
    ['no trainer options', () => k.createTrainer(net, none), 'options'],
    ['no gradient', () => sampler.runWith(3 as never, f, 2), 'gradient', 'function', '3'],
    ['no chains', () => sampler.runWith(() => {}, none, 2), 'x must be', 'Float32Array'],
    ['no model bytes', () => k.fromBytes('UKAE' as never), 'bytes', 'Uint8Array', "'UKAE'"],
    ['no parameters', () => k.patchEnergyFrom(none), 'parameters'],
    ['no descent options', () => patch.descentMap(x, 3 as never), 'options', '3'],
    ['no texture', () => textureProtocol(none, { seed: 0 }), 'texture'],
    ['no protocol', () => textureProtocol({ data: f, width: 10, height: 6 }, none), 'options'],
    ['a temperature in words', () => k.freeEnergy(f, 3, { temperature: '1' as never }), 'temperature', "'1'"],
    [
      'an array of the wrong kind for colors',
      () => k.toRgba(x, { out: new Uint8Array(324) as never }),
      'out',
      'Uint8ClampedArray',
    ],
    ['no patch', () => k.patchEnergyFrom({} as never), 'patch must be a number', 'undefined'],
    [
      'no outputs',
      () => k.createConvEnergy([{ ...defaultLayers[4], out: none }], { channels: 1, seed: 0 }),
      'layers[0].out',
    ],
    ['null for the options of a search', () => k.memoryBank(f, 3).querySync(f, 1, null as never), 'options', 'null'],
    ['an unknown score', () => patch.score(x, 'most' as never), 'how', 'blurMax', "'most'"],
    [
      'an unknown activation',
      () => k.createConvEnergy([{ ...defaultLayers[4], act: 'tanh' as never }], { channels: 1, seed: 0 }),
      'layers[0].act',
      "'tanh'",
    ],
  ])('%s', (_, run, ...texts) => expectError(run, TypeError, 'TYPE', ...texts))

  it('of promises', async () => {
    await expectRejection(AnomalyDetector.fit({} as never, x, { seed: 0 }), TypeError, 'TYPE', 'kernel', 'load()')
    await expectRejection(AnomalyDetector.fit(k, x, none), TypeError, 'TYPE', 'options')
    await expectRejection(AnomalyDetector.fit(k, x, { seed: 0, method: 'vae' as never }), TypeError, 'TYPE', "'vae'")
    await expectRejection(k.fitSubspace(f, 3, {} as never), TypeError, 'TYPE', 'variance and k')
    await expectRejection(k.fitPatchEnergy(3 as never), TypeError, 'TYPE', 'images', '3')
    await expectRejection(k.fitGaussian(f, 3, { signal: 1 as never }), TypeError, 'TYPE', 'signal', 'AbortSignal')
    await expectRejection(k.memoryBank(f, 3).query(f, 1, null as never), TypeError, 'TYPE', 'options', 'null')
    const labels = Uint8Array.of(1)
    await expectRejection(k.metrics.aupro(x, labels, null as never), TypeError, 'TYPE', 'options', 'null')
    const trainer = k.createTrainer(net, { seed: 0, crop: 4, bufferSize: 32 })
    const job = { iterations: 1, onProgress: 1 as never }
    await expectRejection(trainer.fit(x, job), TypeError, 'TYPE', 'onProgress')
    expectError(() => trainer.restore(5 as never), TypeError, 'TYPE', 'bytes', 'Uint8Array')
  })
})

describe('values', () => {
  it.each<[what: string, run: () => unknown, code: string, ...texts: (string | number)[]]>([
    ['an empty bank', () => k.memoryBank(new Float32Array(0), 3), 'LENGTH', 'f must have at least one row'],
    ['a large result', () => k.resizeBilinear(x, 1e6, 1e6), 'TOO_LARGE', 'memory', 4e12],
    [
      'a stride',
      () => k.createConvEnergy([{ ...defaultLayers[4], stride: 3 as never }], { channels: 1, seed: 0 }),
      'RANGE',
      'layers[0].stride',
      3,
    ],
    ['a wide blur', () => k.gaussianBlur(x, 1e9), 'RANGE', 'sigma', 4e9],
    ['a model merged with itself', () => patch.merge(patch), 'RANGE', 'other', 'itself'],
    ['a Gaussian merged with itself', () => gaussian.merge(gaussian), 'RANGE', 'other', 'itself'],
    ['a rate out of reach', () => k.calibrate(f).threshold(0.001), 'RANGE', 'fpr', 999, 60],
  ])('%s', (_, run, code, ...texts) => expectError(run, RangeError, code, ...texts))

  it('too few good pixels, in whole numbers', async () => {
    const maps = images([2, 1, 9, 9], 1)
    const few = k.metrics.aupimo(maps, new Uint8Array(162).fill(1, 0, 5))
    await expectRejection(few, UndefinedMetricError, 'UNDEFINED_METRIC', '1 / lower = 100000 pixels, got 81')
  })

  it('a precision that is none', () => {
    const given =
      (...precision: number[]) =>
      () =>
        k.patchEnergyFrom({ patch: 1, channels: 2, mean: new Float64Array(2), precision: Float64Array.from(precision) })
    expectError(given(1, 0, 1, 1), RankDeficientError, 'RANK_DEFICIENT', 'symmetric', '(1, 0)')
    expectError(given(1, 2, 2, 1), RankDeficientError, 'RANK_DEFICIENT', "precision isn't positive definite")
    expect(given(1, 2, 2, 1)).not.toThrow('rows')
  })
})
