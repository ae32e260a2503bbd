/** Our side of the comparison with the peers: the operations that peers/anomaly-energy times, by the same names. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AnomalyEnergyKernel, type Batch, defaultLayers, load } from '@ukernels/anomaly-energy'
import { openAddon } from '@ukernels/test-kit/backends'
import { AGREES, agreement, readReference } from '../harness/agreement.js'
import { loadKernels } from '../harness/kernels.js'
import type { Case } from '../harness/measure.js'
import { operationKey } from '../harness/results.js'
import { packageFolder } from './folder.js'
import type { OpenSuite } from './suite.js'

type Kernel = AnomalyEnergyKernel

/** What `prepare.mjs` gives: how far results may be from the reference, by operation: the peers', and ours. */
interface PeerContext {
  bounds: Record<string, [number, number]>
}

/** An operation made ready: a call, and what it found. */
interface Ready {
  run: Case['run']
  found?: () => ArrayLike<number>
  /** Instead of agreement: what to say of the reference, `AGREES` when it is beaten. */
  verdict?: (reference: Float64Array) => string
}

interface Inputs {
  f32: (name: string) => Float32Array
  f64: (name: string) => Float64Array
  u8: (name: string) => Uint8Array
}

const inputsOf = (data: string): Inputs => {
  const known = new Map<string, Uint8Array<ArrayBuffer>>()
  const read = (name: string) => {
    const bytes = known.get(name) ?? Uint8Array.from(readFileSync(join(data, `anomaly-${name}`)))
    known.set(name, bytes)
    return bytes
  }
  return {
    f32: (name) => new Float32Array(read(`${name}.f32`).buffer),
    f64: (name) => new Float64Array(read(`${name}.f64`).buffer),
    u8: (name) => read(`${name}.u8`),
  }
}

const PATCH = 7

const batch = (data: Float32Array, n: number, h: number, w: number): Batch => ({ data, shape: [n, 1, h, w] })

/** The model that `prepare.mjs` fitted. */
const patchModel = (k: Kernel, { f64 }: Inputs) =>
  k.patchEnergyFrom({ patch: PATCH, channels: 1, mean: f64('mean'), precision: f64('precision') })

/** Pixels that are PATCH − 1 or more from the border. */
function inner(g: Float32Array, h: number, w: number): Float32Array {
  const edge = PATCH - 1
  const rows = Array.from({ length: h - 2 * edge }, (_, y) =>
    g.subarray((y + edge) * w + edge, (y + edge + 1) * w - edge),
  )
  const out = new Float32Array(rows.length * (w - 2 * edge))
  for (const [y, row] of rows.entries()) out.set(row, y * row.length)
  return out
}

type Make = (k: Kernel, inputs: Inputs) => Ready | Promise<Ready>

const freeEnergy: Make = (k, { f32 }) => {
  const logits = f32('logits')
  const out = { energy: new Float32Array(logits.length / 10) }
  return { run: () => void k.freeEnergy(logits, 10, { out }), found: () => out.energy }
}

const patchGradient =
  (name: string, h: number, w: number, whole: boolean): Make =>
  (k, inputs) => {
    const model = patchModel(k, inputs)
    const x = batch(inputs.f32(name), 1, h, w)
    const out = new Float32Array(h * w)
    return { run: () => void model.gradient(x, out), found: () => (whole ? out : inner(out, h, w)) }
  }

const energyMap: Make = (k, inputs) => {
  const model = patchModel(k, inputs)
  const x = batch(inputs.f32('image-64'), 1, 64, 64)
  const out = new Float32Array(64 * 64)
  return { run: () => void model.energyMap(x, out), found: () => out }
}

const patchFit: Make = (k, { f32 }) => {
  const x = batch(f32('image-fit'), 1, 512, 256)
  let model: Awaited<ReturnType<Kernel['fitPatchEnergy']>> | undefined
  const run = async () => {
    model?.dispose()
    model = await k.fitPatchEnergy(x)
  }
  return { run, found: () => model?.precision ?? [] }
}

const locations: Make = async (k, { f32 }) => {
  const model = await k.fitLocation({ data: f32('locations-fit'), shape: [150, 100, 28, 28] })
  const x: Batch = { data: f32('locations'), shape: [1, 100, 28, 28] }
  const out = new Float32Array(784)
  return { run: () => void model.map(x, out), found: () => out }
}

const mahalanobis: Make = async (k, { f32 }) => {
  const model = await k.fitGaussian(f32('gaussian-fit'), 336, { ridge: 0.01 })
  const rows = f32('gaussian')
  const out = new Float32Array(784)
  return { run: () => void model.energy(rows, out), found: () => out }
}

const nearest: Make = (k, { f32 }) => {
  const bank = k.memoryBank(f32('bank'), 384)
  const queries = f32('queries')
  const out = { dist: new Float32Array(784), index: new Uint32Array(784) }
  return { run: () => void bank.querySync(queries, 1, { out }), found: () => out.dist }
}

const centers: Make = (k, { f32 }) => {
  const rows = f32('rows')
  let bank: Awaited<ReturnType<Kernel['coreset']>> | undefined
  const run = async () => {
    bank?.dispose()
    bank = await k.coreset(rows, 295, { m: 16, project: 0, start: 0, seed: 0 })
  }
  return { run, found: () => bank?.rows ?? [] }
}

const convGradient =
  (name: string, n: number, size: number): Make =>
  (k, { f32 }) => {
    const net = k.convEnergyFrom({ layers: defaultLayers, channels: 1, params: f32('net'), sign: 1 })
    const x = batch(f32(name), n, size, size)
    const out = { gradient: new Float32Array(x.data.length) }
    return { run: () => net.energyAndGradient(x, { out }), found: () => out.gradient }
  }

const training: Make = (k, { f32 }) => {
  const net = k.convEnergyFrom({ layers: defaultLayers, channels: 1, params: f32('net'), sign: 1 })
  const trainer = k.createTrainer(net, { seed: 0 })
  const x = batch(f32('image-32'), 32, 32, 32)
  return { run: () => void trainer.step(x) }
}

const blur =
  (name: string, n: number, h: number, w: number): Make =>
  (k, { f32 }) => {
    const x = batch(f32(name), n, h, w)
    const out = new Float32Array(x.data.length)
    return { run: () => void k.gaussianBlur(x, 4, { out }), found: () => out }
  }

const auroc: Make = (k, { f32, u8 }) => {
  const [s, y] = [f32('scores'), u8('labels')]
  let value = 0
  const run = () => {
    value = k.metrics.auroc(s, y)
  }
  return { run, found: () => [value] }
}

const regions: Make = (k, { u8 }) => {
  const mask = u8('mask')
  const out = new Int32Array(mask.length)
  return { run: () => void k.metrics.components(mask, 1080, 1920, { out }), found: () => out }
}

const subspace: Make = (k, { f32 }) => {
  const [train, test] = [f32('train'), f32('test')]
  let model: Awaited<ReturnType<Kernel['fitSubspace']>> | undefined
  const run = async () => {
    model?.dispose()
    model = await k.fitSubspace(train, 784, { k: 24 })
  }
  return { run, found: () => model?.fre(test) ?? [] }
}

/** What a forest is used for: fit and score. The ranking has to be better than that of the best forest. */
const baseline: Make = (k, { f32, u8 }) => {
  const [train, test, labels] = [f32('train'), f32('test'), u8('test-labels')]
  const scores = new Float32Array(labels.length)
  const run = async () => {
    const model = await k.fitGaussian(train, 784, { ridge: 0.01 })
    model.energy(test, scores)
    model.dispose()
  }
  const verdict = ([best]: Float64Array) => {
    const reached = k.metrics.auroc(scores, labels)
    return reached > best ? AGREES : `AUROC ${reached}, not better than ${best}`
  }
  return { run, verdict }
}

/** By the number of elements that times are divided by; 1 where calls are counted. */
const operations: Record<number, Record<string, Make>> = {
  1: {
    'PatchEnergy gradient, 1920 × 1080': patchGradient('image-1080', 1080, 1920, false),
    'PatchEnergy gradient, 64 × 64': patchGradient('image-64', 64, 64, true),
    'PatchEnergy energy map, 64 × 64': energyMap,
    'PatchEnergy fit, 512 × 256': patchFit,
    'PaDiM, 784 locations × 100': locations,
    'Mahalanobis, 784 × 336': mahalanobis,
    'nearest neighbor, 784 in 10,000 × 384': nearest,
    'k-center, 16 of 157,000 × 295': centers,
    'ConvEnergy gradient, 64 × 64': convGradient('image-64', 1, 64),
    'ConvEnergy gradient, 32 of 32 × 32': convGradient('image-32', 32, 32),
    'CD iteration, 32 of 32 × 32, K 15': training,
    'pixel AUROC, 737,280': auroc,
    'regions, 1920 × 1080': regions,
    'FRE, 6000 × 784': subspace,
    'fit and score, 6000 × 784': baseline,
  },
  [64 * 256 * 256]: { 'blur σ 4': blur('maps', 64, 256, 256) },
  [1920 * 1080]: { 'blur σ 4': blur('image-1080', 1, 1080, 1920) },
  1e7: { 'free energy of 10 logits': freeEnergy },
}

export const open: OpenSuite = async (data) => {
  const { bounds }: PeerContext = JSON.parse(readFileSync(join(data, 'anomaly-energy.peers.json'), 'utf8'))
  const kernels = await loadKernels(load, openAddon(packageFolder('anomaly-energy'))?.isas ?? [])
  const inputs = inputsOf(data)
  const casesOf = async (n: number) => {
    const cases: Case[] = []
    for (const [group, make] of Object.entries(operations[n])) {
      const reference = readReference(data, n === 1 ? group : operationKey(group, n))
      for (const { kernel, backend, isa, threads } of kernels) {
        const { run, found, verdict } = await make(kernel, inputs)
        const check = verdict ?? (found && ((truth: Float64Array) => agreement(truth, found(), bounds[group][1])))
        const compared = check && reference ? { digest: () => check(reference), expected: AGREES } : {}
        cases.push({ group, backend, isa, threads, n, run, ...compared })
      }
    }
    return cases
  }
  return {
    sizes: Object.keys(operations).map(Number),
    cases: casesOf,
    others: () => [],
    dispose: () => {
      for (const { kernel } of kernels) kernel.dispose()
    },
  }
}
