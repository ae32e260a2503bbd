/** What callers get wrong about the detector: every message names what they gave, and what helps. */
import { AnomalyDetector, type Batch, type DetectorMethod, type DetectorOptions, load } from '@ukernels/anomaly-energy'
import { NonFiniteError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { batchOf, expectError, expectRejection, images } from './support.js'

const k = await load({ backend: 'wasm' })
afterAll(() => k.dispose())
const good = images([10, 1, 12, 12], 1)
const fit = (options: object, of: unknown = good) =>
  AnomalyDetector.fit(k, of as Batch, { seed: 0, ...options } as DetectorOptions)
const none = undefined as never
const onFeatures = ['padim', 'patchcore', 'fre', 'gaussian'] as const

describe('options of the detector', () => {
  it.each<[options: object, ...texts: string[]]>([
    [{ methd: 'fre' }, "methd isn't an option", 'nearest is method,'],
    [{ tile: { size: 8, overlp: 2 } }, "tile.overlp isn't", 'tile.overlap,'],
    [{ patch: { rige: 1 } }, "patch.rige isn't", 'patch.ridge,'],
    [{ method: 'conv-ebm', conv: { learningrate: 1 } }, 'conv.learningRate,'],
    [{ features: (x: Batch) => x }, 'features is an option of padim', "not of method 'patch-energy'"],
    [{ method: 'fre', ridge: 1 }, 'ridge is an option of padim, gaussian', "'fre'"],
    [{ method: 'padim', score: 'gMax' }, 'score is an option of patch-energy, conv-ebm'],
    [{ signal: {} }, 'signal must be an AbortSignal'],
    [{ onProgress: 3 }, 'onProgress must be a function'],
    [{ info: { size: 5n } }, 'info must be JSON'],
    [{ method: 'fre', features: 3 }, 'features must be a function'],
  ])('%o', (options, ...texts) => expectRejection(fit(options), TypeError, 'TYPE', ...texts))

  it('are called by where they stand; what is undefined is not given', async () => {
    await expectRejection(fit({ patch: { ridge: -1 } }), RangeError, 'RANGE', 'patch.ridge must be')
    await expectRejection(fit({ patch: { patch: 4 } }), RangeError, 'RANGE', 'patch.patch must be')
    const conv = async (options: object, Type: ErrorConstructor, code: string, text: string) =>
      expectRejection(fit({ method: 'conv-ebm', conv: options }), Type, code, text)
    for (const name of [
      'batch',
      'crop',
      'bufferSize',
      'steps',
      'step',
      'noise',
      'clipAt',
      'warmup',
      'beta1',
      'gradNorm',
    ])
      await conv({ [name]: Number.NaN }, RangeError, 'RANGE', `conv.${name} must be`)
    for (const name of [
      'noiseOrder',
      'clip',
      'objective',
      'bufferStorage',
      'spectralNorm',
      'range',
      'layers',
      'numerics',
    ])
      await conv({ [name]: 'none such' }, TypeError, 'TYPE', `conv.${name} must be`)
    const layer = { out: 2, kernel: 3, stride: 1, pad: 1, act: 'none' }
    await conv({ layers: [layer] }, RangeError, 'RANGE', 'conv.layers[0], the last, must have out: 1')
    await conv({ layers: [{ ...layer, kernel: 2 }] }, RangeError, 'RANGE', 'conv.layers[0].kernel must be')
    expect((await fit({ features: undefined, conv: undefined, anything: undefined })).method).toBe('patch-energy')
    const info: Record<string, unknown> = {}
    info.self = info
    await expectRejection(fit({ info }), TypeError, 'TYPE', 'info must be JSON')
  })
})

describe('features', () => {
  it.each(onFeatures)('%s: extractors that give no maps, or not as many', async (method) => {
    for (const given of [undefined, Promise.resolve(undefined), 5, { data: [1], shape: [1, 1, 1, 1] }])
      await expectRejection(fit({ method, features: () => given }), TypeError, 'TYPE', 'features()')
    const two = () => images([2, 1, 4, 4], 1)
    await expectRejection(fit({ method, features: two }), RangeError, 'LENGTH', 'features()', '1 image', 'got 2')
    const bad = async () => batchOf([1, 1, 1, 2], [1, Number.NaN])
    await expectRejection(fit({ method, features: bad }), NonFiniteError, 'NON_FINITE', 'features().data[1]')
  })

  it.each([...onFeatures, 'patch-energy'] as const)('%s: inputs that the fit did not see', async (method) => {
    const options = method === 'patch-energy' ? { patch: { patch: 3 } } : {}
    const detector = await fit({ method, ...options })
    expectError(() => detector.predict(images([1, 3, 12, 12], 1)), RangeError, 'LENGTH', 'image.shape')
    const nan = images([1, 1, 12, 12], 1)
    nan.data[7] = Number.NaN
    expectError(() => detector.predict(nan), NonFiniteError, 'NON_FINITE', 'image.data[7]')
    if (method === 'padim' || method === 'fre')
      expectError(() => detector.predict(images([1, 1, 12, 14], 1)), RangeError, 'LENGTH', 'image.shape', 'tile')
    await expectRejection(fit({ method }, [good, nan]), NonFiniteError, 'NON_FINITE', 'images.data[7]')
    await expectRejection(fit({ method }, [good, images([1, 3, 12, 12], 1)]), RangeError, 'LENGTH', 'images.shape')
  })

  it.each(['padim', 'fre', 'conv-ebm'] as DetectorMethod[])(
    '%s: images of several sizes take tiles',
    async (method) => {
      const sizes = [good, images([4, 1, 12, 14], 2)]
      await expectRejection(
        fit({ method }, sizes),
        RangeError,
        'LENGTH',
        'images.shape',
        '[1, 1, 12, 12]',
        'option tile',
      )
      if (method === 'fre') expect((await fit({ method, tile: { size: 12 } }, sizes)).method).toBe(method)
    },
  )
})

it.each([...onFeatures, 'patch-energy', 'conv-ebm'] as const)('%s: pixels too large for f32', async (method) => {
  const conv = {
    layers: [{ out: 1, kernel: 3, stride: 1, pad: 1, act: 'silu' }],
    crop: 8,
    batch: 2,
    bufferSize: 8,
    iterations: 1,
  }
  const detector = await fit({ method, ...(method === 'conv-ebm' ? { conv } : {}) })
  const image = images([1, 1, 12, 12], 3)
  image.data.fill(1e37)
  image.data[5] = 3e38
  expectError(() => detector.predict(image), NonFiniteError, 'NON_FINITE', 'image.data[5] is too large')
})

it('a map that overflows is refused though the score is finite', async () => {
  const detector = await fit({ method: 'patch-energy', map: 'energy' })
  const image = images([1, 1, 12, 12], 3)
  image.data.fill(1e22)
  expectError(() => detector.predict(image), NonFiniteError, 'NON_FINITE', 'too large')
})

it.each(['patch-energy', ...onFeatures, 'conv-ebm'] as const)('%s: no images', async (method) => {
  const nothing = AnomalyDetector.fit(k, [], { method, seed: 0 })
  await expectRejection(nothing, RangeError, 'LENGTH', 'at least one')
})

it.each([
  ['patch-energy', RangeError, 'RANGE', 'images.data must be of a size'],
  ['gaussian', RangeError, 'RANGE', 'f must be of a size'],
  ['patchcore', RangeError, 'RANGE', 'f must have rows'],
  ['fre', NonFiniteError, 'NON_FINITE', 'images.data has pixels that are too large'],
] as const)('%s: a fit to pixels too large for f32', async (method, Type, code, text) => {
  const bright = images([10, 1, 12, 12], 4)
  await expectRejection(fit({ method }, { ...bright, data: bright.data.map((v) => 1e37 * v) }), Type, code, text)
})

it('a kernel is required of bytes, too', async () => {
  const bytes = (await fit({})).toBytes()
  expectError(() => AnomalyDetector.fromBytes(none, bytes), TypeError, 'TYPE', 'kernel', 'load()')
  expectError(() => AnomalyDetector.fromBytes(k, bytes, { features: 3 as never }), TypeError, 'TYPE', 'features')
})
