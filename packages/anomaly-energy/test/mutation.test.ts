/** Data that change, or go away, while a promise is pending. */
import { AnomalyDetector, type AnomalyEnergyKernel, type Batch } from '@ukernels/anomaly-energy'
import { KernelError, NonFiniteError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { expectError, expectRejection, uniform } from './support.js'

type Data = Float32Array | Float64Array

const rows = (n = 600) => uniform(64 * n, 3)
const images = (data: Data, shape: Batch['shape']): Batch => ({ data: data as Float32Array, shape })
const masks = () => Uint8Array.from(rows(), (v) => (v > 0.7 ? 1 : 0))

const layers = [
  { out: 2, kernel: 3, stride: 1, pad: 1, act: 'silu' },
  { out: 1, kernel: 1, stride: 1, pad: 0, act: 'none' },
] as const
const energy = (k: AnomalyEnergyKernel) => k.createConvEnergy([...layers], { channels: 1, seed: 1 })

const trained = async (k: AnomalyEnergyKernel, data: Data) => {
  const trainer = k.createTrainer(energy(k), { seed: 0, batch: 4, crop: 8, bufferSize: 8, steps: 2 })
  await trainer.fit(images(data, [150, 1, 16, 16]), { iterations: 2 })
  return trainer.checkpoint()
}

/** Long calls, and something to compare their results by. */
const calls: [name: string, data: Data, call: (k: AnomalyEnergyKernel, f: Data) => Promise<unknown>][] = [
  ['fitGaussian', rows(), async (k, f) => (await k.fitGaussian(f, 64, { ridge: 0.1 })).toBytes()],
  ['fitGaussian of f64', Float64Array.from(rows()), async (k, f) => (await k.fitGaussian(f, 64)).toBytes()],
  ['fitSubspace', rows(), async (k, f) => (await k.fitSubspace(f, 64, { variance: 0.9 })).toBytes()],
  ['fitSubspace, n < d', rows(60), async (k, f) => (await k.fitSubspace(f, 640, { variance: 0.9 })).toBytes()],
  ['fitLocation', rows(), async (k, f) => (await k.fitLocation(images(f, [150, 4, 8, 8]))).toBytes()],
  ['fitPatchEnergy', rows(), async (k, f) => (await k.fitPatchEnergy(images(f, [150, 1, 16, 16]))).toBytes()],
  ['coreset', rows(), async (k, f) => (await k.coreset(f as Float32Array, 64, { seed: 0, m: 20 })).toBytes()],
  ['query', rows(), (k, f) => k.memoryBank(rows(50), 64).query(f as Float32Array, 3)],
  ['pixelAuroc', rows(), (k, f) => k.metrics.pixelAuroc(images(f, [150, 1, 16, 16]), masks())],
  ['aupro', rows(), (k, f) => k.metrics.aupro(images(f, [150, 1, 16, 16]), masks())],
  [
    'runAsync',
    rows(4),
    (k, f) =>
      k.createSampler({ steps: 3, step: 0.1, noise: 0.01, seed: 2 }).runAsync(energy(k), images(f, [4, 1, 8, 8])),
  ],
  ['CdTrainer.fit', rows(), trained],
  [
    'AnomalyDetector.fit',
    rows(),
    async (k, f) => (await AnomalyDetector.fit(k, images(f, [150, 1, 16, 16]), { seed: 0 })).toBytes(),
  ],
]

describe.each(kinds)('data of a pending promise: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it.each(calls)('%s owns what it reads', async (_, data, call) => {
    const expected = await call(k, data)
    const changed = data.slice()
    const pending = call(k, changed)
    changed.fill(Number.NaN)
    expect(await pending).toEqual(expected)

    const gone = data.slice()
    const later = call(k, gone)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    expect(await later).toEqual(expected)
  })

  it('a fit takes one addition at a time, and none when it is disposed of meanwhile', async () => {
    const maps = images(rows(), [150, 4, 8, 8])
    const x = images(rows(), [150, 1, 16, 16])
    const pairs = [
      { make: () => k.fitGaussian(rows(), 64, { ridge: 0.1 }), more: rows() },
      { make: () => k.fitLocation(maps), more: maps },
      { make: () => k.fitPatchEnergy(x), more: x },
    ] as const
    for (const { make, more } of pairs) {
      const [model, other, once] = [await make(), await make(), await make()]
      const add = (to: typeof model) => to.partialFit(more as never)
      const pending = add(model)
      await expectRejection(add(model), KernelError, 'BUSY', 'partialFit')
      if ('merge' in model) expectError(() => model.merge(other as never), KernelError, 'BUSY', 'merge')
      await pending
      await add(once)
      expect(model.toBytes()).toEqual(once.toBytes())
      const late = add(other)
      other.dispose()
      await expectRejection(late, KernelError, 'DISPOSED', other.kind)
    }
  })

  it('the masks of metrics are owned, too', async () => {
    const maps = images(rows(), [150, 1, 16, 16])
    const labels = masks()
    const pending = k.metrics.pixelAuroc(maps, labels)
    labels.fill(1)
    expect(await pending).toBe(await k.metrics.pixelAuroc(maps, masks()))
  })

  // A page has it where it is cross-origin isolated.
  if (typeof SharedArrayBuffer !== 'function') return
  it('shared memory that becomes NaN is told', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(4 * 64 * 600))
    shared.set(rows())
    const pending = k.fitGaussian(shared, 64)
    shared.fill(Number.NaN)
    await expect(pending).rejects.toBeInstanceOf(NonFiniteError)
  })
})
