/** What the kernel does on images of three sizes, on every backend and as plain JavaScript; fits; every row. */
import { type AnomalyEnergyKernel, type Batch, defaultLayers, load, type PatchEnergy } from '@ukernels/anomaly-energy'
import { openAddon, tableBackends } from '@ukernels/test-kit/backends'
import type * as Table from '../../packages/anomaly-energy/src/abi.js'
import { createAgreement } from '../harness/agreement.js'
import { digest, uniform } from '../harness/data.js'
import { type LoadedKernel, loadKernels } from '../harness/kernels.js'
import type { Case } from '../harness/measure.js'
import * as plain from '../plain/anomaly-energy.js'
import { packageFolder } from './folder.js'
import { rowCases } from './rows.js'
import type { OpenSuite } from './suite.js'

type Kernel = AnomalyEnergyKernel

/** A call, and the arrays that it leaves its results in. */
interface Operation {
  run: Case['run']
  outputs: () => ArrayBufferView[]
}

/** An image, its mask, logits and the labels of its pixels. */
interface Context {
  image: Batch
  h: number
  w: number
  mask: Uint8Array
  logits: Float32Array
}

const CLASSES = 10
const SIGMA = 4
/** Relative differences allowed where the table says "relative 1e-5", and for sums in f64 beside sums in f32. */
const BOUND = 1e-4

/** By number of pixels. */
const shapes: Record<number, readonly [h: number, w: number]> = {
  [64 * 64]: [64, 64],
  [256 * 256]: [256, 256],
  [1080 * 1920]: [1080, 1920],
}

const writing = (length: number, call: (out: Float32Array) => void): Operation => {
  const out = new Float32Array(length)
  return { run: () => call(out), outputs: () => [out] }
}

type Make = (k: Kernel, c: Context, model: PatchEnergy) => Operation

/** The same bits on every backend. */
const exact: Record<string, Make> = {
  'patch energy, gradient': (_, { image }, m) => writing(image.data.length, (out) => void m.gradient(image, out)),
  'patch energy, score': (_, { image }, m) => writing(1, (out) => void m.score(image, 'gMax', { out })),
  'reduce channels': (k, { image }) => writing(image.data.length, (out) => void k.reduceChannels(image, 'l1', out)),
  'resize to half': (k, { image, h, w }) =>
    writing((h * w) / 4, (out) => void k.resizeBilinear(image, h / 2, w / 2, { out })),
  'colors of a map': (k, { image }) => {
    const out = new Uint8ClampedArray(4 * image.data.length)
    return { run: () => void k.toRgba(image, { lo: 0, hi: 1, out }), outputs: () => [out] }
  },
  auroc: (k, { image, mask }) => {
    const value = new Float64Array(1)
    return { run: () => value.fill(k.metrics.auroc(image.data, mask)) && undefined, outputs: () => [value] }
  },
  components: (k, { mask, h, w }) => {
    const out = new Int32Array(mask.length)
    return { run: () => void k.metrics.components(mask, h, w, { out }), outputs: () => [out] }
  },
}

const CONV = 'convolutional energy, gradient'
/** Pixels up to which a network is evaluated: its layers take hundreds of bytes for each. */
const CONV_PIXELS = 256 * 256

/** Within a bound of each other. */
const tolerant: Record<string, Make> = {
  'free energy of 10 logits': (k, { logits }) =>
    writing(logits.length / CLASSES, (energy) => void k.freeEnergy(logits, CLASSES, { out: { energy } })),
  'blur σ 4': (k, { image }) => writing(image.data.length, (out) => void k.gaussianBlur(image, SIGMA, { out })),
  'patch energy, local energy': (_, { image }, m) => writing(image.data.length, (out) => void m.energyMap(image, out)),
  [CONV]: (k, { image }) => {
    const net = k.createConvEnergy(defaultLayers, { channels: 1, seed: 1 })
    return writing(image.data.length, (gradient) => net.energyAndGradient(image, { out: { gradient } }))
  },
}

const plainOperations: Record<string, (c: Context) => Operation> = {
  'free energy of 10 logits': ({ logits }) =>
    writing(logits.length / CLASSES, (out) => plain.freeEnergy(logits, CLASSES, out)),
  'blur σ 4': ({ image, h, w }) => {
    const weights = Float64Array.from({ length: 4 * SIGMA + 1 }, (_, i) => Math.exp((-i * i) / (2 * SIGMA * SIGMA)))
    const total = 2 * weights.reduce((a, b) => a + b, 0) - weights[0]
    const taps = weights.map((v) => v / total)
    return writing(image.data.length, (out) => plain.blur(image.data, h, w, taps, out))
  },
  auroc: ({ image, mask }) => {
    const value = new Float64Array(1)
    return { run: () => value.fill(plain.auroc(image.data, mask)) && undefined, outputs: () => [value] }
  },
  components: ({ mask, h, w }) => {
    const out = new Int32Array(mask.length)
    return { run: () => void plain.components(mask, h, w, out), outputs: () => [out] }
  },
}

function contextOf(k: Kernel, n: number): Context {
  const [h, w] = shapes[n]
  const shape = [1, 1, h, w] as const
  const smooth = k.gaussianBlur({ data: uniform(n, 1), shape }, 2).data
  const image: Batch = { data: smooth.map((v) => 0.5 + 3 * (v - 0.5)), shape }
  const mask = Uint8Array.from(k.gaussianBlur({ data: uniform(n, 2), shape }, 3).data, (v) => (v > 0.53 ? 1 : 0))
  return { image, h, w, mask, logits: uniform(n * CLASSES, 3).map((v) => 12 * v - 6) }
}

async function casesAt(kernels: readonly LoadedKernel<Kernel>[], n: number): Promise<Case[]> {
  const context = contextOf(kernels[0].kernel, n)
  const fitted = await Promise.all(kernels.map(({ kernel }) => kernel.fitPatchEnergy(context.image)))
  const casesOf = (group: string, make: Make, within?: number): Case[] => {
    const agreement = createAgreement()
    const verified = ({ run, outputs }: Operation) => ({
      run,
      digest: () => (within === undefined ? digest(...outputs()) : agreement(outputs(), within)),
    })
    const byHand = plainOperations[group]
    return [
      ...kernels.map(({ kernel, backend, isa, threads }, i) => ({
        ...{ group, backend, isa, threads, n },
        ...verified(make(kernel, context, fitted[i])),
      })),
      ...(byHand === undefined
        ? []
        : [{ group, backend: 'js', isa: 'none', threads: 1, n, ...verified(byHand(context)) } as const]),
    ]
  }
  return [
    ...Object.entries(exact).flatMap(([group, make]) => casesOf(group, make)),
    ...Object.entries(tolerant)
      .filter(([group]) => group !== CONV || n <= CONV_PIXELS)
      .flatMap(([group, make]) => casesOf(group, make, BOUND)),
  ]
}

interface Disposable {
  dispose: () => void
}

/** Fits, which settle off the caller's turn: the digest is that of the model's file. */
const fits: Record<string, (k: Kernel) => () => Promise<Disposable & { toBytes(): Uint8Array }>> = {
  'fit a Gaussian, 2000 × 64': (k) => {
    const f = uniform(2000 * 64, 4)
    return () => k.fitGaussian(f, 64, { ridge: 0.01 })
  },
  'fit a patch energy, 256 × 256': (k) => {
    const image: Batch = { data: uniform(65536, 5), shape: [1, 1, 256, 256] }
    return () => k.fitPatchEnergy(image)
  },
  'fit locations, 50 of 32 × 14 × 14': (k) => {
    const f: Batch = { data: uniform(50 * 32 * 196, 6), shape: [50, 32, 14, 14] }
    return () => k.fitLocation(f)
  },
  'coreset, 100 of 5000 × 64': (k) => {
    const f = uniform(5000 * 64, 7)
    return () => k.coreset(f, 64, { m: 100, project: 0, start: 0, seed: 0 })
  },
}

function fitCases(kernels: readonly LoadedKernel<Kernel>[]): Case[] {
  return Object.entries(fits).flatMap(([group, make]) =>
    kernels.map(({ kernel, backend, isa, threads }) => {
      const fit = make(kernel)
      let bytes = new Uint8Array()
      const run = async () => {
        const model = await fit()
        bytes = Uint8Array.from(model.toBytes())
        model.dispose()
      }
      return { group, backend, isa, threads, n: 1, run, digest: () => digest(bytes) }
    }),
  )
}

const folder = packageFolder('anomaly-energy')
// The table isn't part of the public API: this is the one place outside the package's tests that reads it.
const { abi, samples } = (await import(new URL('dist/abi.js', folder).href)) as typeof Table

export const open: OpenSuite = async () => {
  const kernels = await loadKernels(load, openAddon(folder)?.isas ?? [])
  const low = tableBackends(abi, folder, [1])
  return {
    sizes: Object.keys(shapes).map(Number),
    cases: (n) => casesAt(kernels, n),
    others: () => [...fitCases(kernels), ...rowCases(abi, samples, low)],
    dispose: () => {
      for (const { kernel } of kernels) kernel.dispose()
      for (const { backend } of low) backend.dispose()
    },
  }
}
