/** Ends: of kernels, of models, of jobs. */
import { AnomalyDetector } from '@ukernels/anomaly-energy'
import { KernelError } from '@ukernels/runtime'
import { describe, expect, it } from 'vitest'
import { backends, kinds } from './backends.js'
import { randomParameters } from './patch-reference.js'
import { expectError, expectRejection, images, uniform } from './support.js'

const layers = [{ out: 1, kernel: 3, stride: 1, pad: 1, act: 'none' }] as const

describe.each(kinds)('dispose: $label', ({ open }) => {
  /** A kernel with one model of each kind, by what it does. */
  async function everything() {
    const k = await open()
    const [f, x] = [uniform(60, 1), images([2, 1, 9, 9], 2)]
    const gaussian = await k.fitGaussian(f, 3, { ridge: 0.1 })
    const subspace = await k.fitSubspace(f, 3, { k: 2 })
    const location = await k.fitLocation({ data: f, shape: [5, 3, 2, 2] })
    const bank = k.memoryBank(f, 3)
    const patch = k.patchEnergyFrom(randomParameters(3, 1, 2))
    const net = k.createConvEnergy(layers, { channels: 1, seed: 0 })
    const models = [gaussian, subspace, location, bank, patch, net]
    const uses: (() => unknown)[] = [
      () => gaussian.energy(f),
      () => gaussian.logDet,
      () => subspace.fre(f),
      () => subspace.k,
      () => location.map({ data: f, shape: [5, 3, 2, 2] }),
      () => location.shape,
      () => bank.querySync(f, 1),
      () => bank.imageScore(f),
      () => patch.gradient(x),
      () => patch.kappa,
      () => net.energy(x),
      () => net.params,
      ...models.flatMap((model) => [() => model.toBytes(), () => model.reserve(1)]),
    ]
    return { k, x, f, models, uses, gaussian, patch }
  }

  it('a disposed model says so, again and again; the kernel goes on', async () => {
    const { k, x, f, models, uses, gaussian, patch } = await everything()
    for (const use of uses) use()
    for (const model of models) {
      model.dispose()
      model.dispose()
      model[Symbol.dispose]()
    }
    for (const use of uses) expectError(use, KernelError, 'DISPOSED', 'was disposed')
    await expectRejection(gaussian.partialFit(f), KernelError, 'DISPOSED', 'gaussian')
    await expectRejection(patch.partialFit(x), KernelError, 'DISPOSED', 'patch-energy')
    expect(k.freeEnergy(f, 3).length).toBe(20)
    k.dispose()
  })

  it('a disposed kernel takes its models and what is pending with it', async () => {
    const { k, x, f, gaussian, patch } = await everything()
    const detector = await AnomalyDetector.fit(k, images([6, 1, 9, 9], 1), { seed: 0, patch: { patch: 3 } })
    const large = images([1, 1, 300, 300], 3)
    const pending = [k.fitPatchEnergy(large), k.metrics.pixelAuroc(large, new Uint8Array(90_000).fill(1, 0, 9))]
    k.dispose()
    k.dispose()
    for (const promise of pending) await expectRejection(promise, KernelError, 'DISPOSED')
    for (const use of [
      () => k.freeEnergy(f, 3),
      () => gaussian.energy(f),
      () => patch.gradient(x),
      () => detector.predict(images([1, 1, 9, 9], 2)),
      () => k.metrics.auroc(f, new Uint8Array(60).fill(1, 5)),
      () => k.calibrate(f),
    ])
      expectError(use, KernelError, 'DISPOSED')
    await expectRejection(k.fitGaussian(f, 3, { ridge: 1 }), KernelError, 'DISPOSED')
  })

  it('jobs stop when they are told to, and tell how far they are', async () => {
    const k = await open()
    const x = images([12, 1, 128, 128], 4)
    const seen: { phase: string; done: number; total: number }[] = []
    const model = await k.fitPatchEnergy(x, { onProgress: (progress) => seen.push(progress) })
    for (const { done, total } of seen) expect(done >= 0 && done <= total).toBe(true)
    const before = model.toBytes()
    const reason = new Error('enough')
    const jobs: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => k.fitPatchEnergy(x, { signal }),
      (signal) => model.partialFit(x, { signal }),
      (signal) => k.fitGaussian(x.data, 64, { signal, ridge: 1 }),
      (signal) => k.fitSubspace(x.data, 64, { signal, k: 3 }),
      (signal) => k.coreset(x.data, 64, { signal, seed: 0 }),
      (signal) => k.metrics.aupro(x, new Uint8Array(x.data.length).fill(1, 0, 99), { signal }),
      (signal) => AnomalyDetector.fit(k, x, { seed: 0, signal }),
    ]
    for (const job of jobs) {
      const stop = new AbortController()
      const promise = job(stop.signal)
      stop.abort(reason)
      await expect(promise, `${job}`).rejects.toBe(reason)
      await expect(job(AbortSignal.abort(reason)), `${job}`).rejects.toBe(reason)
    }
    expect(model.toBytes()).toEqual(before)
    k.dispose()
  })
})

it.each(backends.filter(({ label }) => label.startsWith('native')))(
  '$label is what was asked for',
  async ({ label, open }) => {
    const k = await open()
    const { isa, threads } = k.info()
    expect(`native ${isa}, ${threads} thread(s)`).toBe(label)
    k.dispose()
  },
)
