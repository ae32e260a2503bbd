/**
 * The signatures that users write against, as the design gives them: what the package has must fit them, option by
 * option. tsc is the test; the one below looks whether the methods are there.
 */
import type {
  AnomalyEnergyKernel,
  Batch,
  CdTrainer,
  ConvEnergy,
  GaussianEnergy,
  LangevinSampler,
  LocationGaussian,
  MemoryBank,
  PatchEnergy,
  ScoreName,
  Subspace,
  TrainOptions,
} from '@ukernels/anomaly-energy'
import type { Job, Kernel, Real, Seed } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'

type Progress = { phase: string; done: number; total: number; stats?: object }
type DesignedJob = { signal?: AbortSignal; onProgress?: (p: Progress) => void }

interface DesignedKernel extends Kernel {
  freeEnergy(
    logits: Float32Array,
    k: number,
    o?: {
      temperature?: number
      out?: { energy?: Float32Array; gradient?: Float32Array }
      nonFinite?: 'throw' | 'propagate'
    },
  ): Float32Array
  fitGaussian(f: Real, d: number, o?: { ridge?: number; ddof?: 0 | 1 } & Job): Promise<DesignedGaussian>
  fitSubspace(f: Real, d: number, o: ({ variance: number } | { k: number }) & Job): Promise<DesignedSubspace>
  fitLocation(f: Batch, o?: { ridge?: number } & Job): Promise<DesignedLocation>
  coreset(
    f: Float32Array,
    d: number,
    o: { m?: number; ratio?: number; project?: number; start?: number; seed: Seed } & Job,
  ): Promise<DesignedBank>
  fitPatchEnergy(
    images: Batch | Iterable<Batch>,
    o?: { patch?: 3 | 5 | 7 | 9 | 11; stride?: number; ridge?: number } & Job,
  ): Promise<DesignedPatch>
  patchEnergyFrom(p: { patch: number; channels: number; mean: Float64Array; precision: Float64Array }): DesignedPatch
  createConvEnergy(
    layers: { out: number; kernel: 1 | 3 | 4; stride: 1 | 2; pad: 0 | 1; act: 'silu' | 'leaky-relu' | 'none' }[],
    o: { channels: number; scale?: number; offset?: number; numerics?: 'fast' | 'exact'; seed: Seed },
  ): DesignedConv
  createTrainer(e: ConvEnergy, o: TrainOptions & { seed: Seed }): DesignedTrainer
  createSampler(o: {
    steps: number
    step: number
    noise: number
    noiseOrder?: 'first' | 'with-step'
    clip?: 'step' | 'grad' | 'none'
    clipAt?: number
    range?: [number, number] | null
    seed: Seed
  }): LangevinSampler
  fromBytes(b: Uint8Array): DesignedModel
  reduceChannels(g: Batch, how: 'l1' | 'l2' | 'max', out?: Float32Array): Batch
  gaussianBlur(m: Batch, sigma: number, o?: { truncate?: number; border?: 'reflect'; out?: Float32Array }): Batch
  resizeBilinear(m: Batch, h: number, w: number, o?: { out?: Float32Array }): Batch
  toRgba(
    m: Batch,
    o?: { lo?: number; hi?: number; palette?: 'inferno' | 'gray'; out?: Uint8ClampedArray },
  ): Uint8ClampedArray
  calibrate(values: Float32Array): {
    pUpper(v: number): number
    pLower(v: number): number
    pValue(v: number, o?: { weight?: number }): number
    threshold(fpr: number): number
  }
  metrics: {
    auroc(s: Float32Array, y: Uint8Array): number
    averagePrecision(s: Float32Array, y: Uint8Array): number
    f1Max(s: Float32Array, y: Uint8Array): { f1: number; threshold: number }
    fprAtTpr(s: Float32Array, y: Uint8Array, tpr?: number): number
    proCurve(maps: Batch, masks: Uint8Array, o?: Job): Promise<{ fpr: Float64Array; pro: Float64Array }>
    aupro(
      maps: Batch,
      masks: Uint8Array,
      o?: { limit?: number } & Job,
    ): Promise<{ value: number; limit: number; regions: number }>
    pixelAuroc(maps: Batch, masks: Uint8Array, o?: Job): Promise<number>
    aupimo(maps: Batch, masks: Uint8Array, o?: Job): Promise<{ perImage: Float64Array; mean: number }>
    components(
      mask: Uint8Array,
      h: number,
      w: number,
      o?: { connectivity?: 4 | 8; out?: Int32Array },
    ): { labels: Int32Array; count: number }
  }
}
interface DesignedModel {
  readonly kind: string
  toBytes(): Uint8Array
  reserve(n: number, h?: number, w?: number): void
  dispose(): void
}
interface DesignedGaussian extends DesignedModel {
  partialFit(f: Real, o?: Job): Promise<void>
  merge(o: GaussianEnergy): void
  energy(f: Real, out?: Float32Array): Float32Array
  gradient(f: Real, out?: Float32Array): Float32Array
  readonly logDet: number
}
interface DesignedSubspace extends DesignedModel {
  project(f: Real, out?: Float32Array): Float32Array
  fre(f: Real, out?: Float32Array): Float32Array
  nll(f: Real, out?: Float32Array): Float32Array
  ppca(f: Real, out?: Float32Array): Float32Array
  freMap(features: Batch, out?: Float32Array): Batch
  readonly k: number
  readonly explained: number
}
interface DesignedLocation extends DesignedModel {
  partialFit(f: Batch, o?: Job): Promise<void>
  map(f: Batch, out?: Float32Array): Batch
}
interface DesignedBank extends DesignedModel {
  query(
    q: Float32Array,
    k: number,
    o?: { out?: { dist?: Float32Array; index?: Uint32Array } } & Job,
  ): Promise<{ dist: Float32Array; index: Uint32Array }>
  imageScore(q: Float32Array, k?: number): number
}
interface DesignedPatch extends DesignedModel {
  energy(x: Batch, out?: Float32Array): Float32Array
  gradient(x: Batch, out?: Float32Array): Batch
  energyMap(x: Batch, out?: Float32Array): Batch
  score(x: Batch, how?: ScoreName, out?: Float32Array): Float32Array
  readonly kappa: Float32Array
}
interface DesignedConv extends DesignedModel {
  energy(x: Batch, out?: Float32Array): Float32Array
  localEnergy(x: Batch, out?: Float32Array): Batch
  energyAndGradient(x: Batch, o: { out: { gradient: Float32Array; energy?: Float32Array } }): void
  readonly params: Float32Array
}
interface DesignedTrainer {
  fit(images: Batch, o: { iterations: number } & Job): Promise<void>
  step(batch: Batch): { ePos: number; eNeg: number; gradNorm: number; bufferAge: number }
  readonly ema: ConvEnergy
  checkpoint(): Uint8Array
  restore(b: Uint8Array): void
}

/** Methods as functions: tsc lets those of a method take less than it should. */
type Strict<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R : T[K]
}
/** Compiles where the first type can stand for the second. */
type Fits<A extends Strict<B>, B> = [A, B]
export type Checked = [
  Fits<DesignedJob, Job>,
  Fits<AnomalyEnergyKernel, DesignedKernel>,
  Fits<AnomalyEnergyKernel['metrics'], DesignedKernel['metrics']>,
  Fits<GaussianEnergy, DesignedGaussian>,
  Fits<Subspace, DesignedSubspace>,
  Fits<LocationGaussian, DesignedLocation>,
  Fits<MemoryBank, DesignedBank>,
  Fits<PatchEnergy, DesignedPatch>,
  Fits<ConvEnergy, DesignedConv>,
  Fits<CdTrainer, DesignedTrainer>,
]

describe.each(kinds)('the designed kernel: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it('has its methods', () => {
    const names: Exclude<keyof DesignedKernel, symbol>[] = [
      'freeEnergy',
      'fitGaussian',
      'fitSubspace',
      'fitLocation',
      'coreset',
      'fitPatchEnergy',
      'patchEnergyFrom',
      'createConvEnergy',
      'createSampler',
      'createTrainer',
      'fromBytes',
      'reduceChannels',
      'gaussianBlur',
      'resizeBilinear',
      'toRgba',
      'calibrate',
      'info',
      'dispose',
    ]
    for (const name of names) expect(k[name], name).toBeTypeOf('function')
  })
})
