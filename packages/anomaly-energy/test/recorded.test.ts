/** Beside torch, faiss and anomalib: their results are in spec/, made by scripts/oracles/anomaly_recorded.py. */
import { readFileSync } from 'node:fs'
import { type AnomalyEnergyKernel, averagePool3, type Batch, type ConvLayer } from '@ukernels/anomaly-energy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { expectClose } from './support.js'

type Shape = Batch['shape']
interface TorchFile {
  interpolate: { seed: number; shape: Shape; to: [h: number, w: number]; out: number[] }[]
  pool: { seed: number; shape: Shape; out: number[] }[]
  networks: {
    seed: number
    shape: Shape
    layers: ConvLayer[]
    params: number
    energy: number[]
    local: number[]
    gradient: number[]
  }[]
  patches: { seed: number; patch: number; shape: Shape; energy: number[]; gradient: number[] }[]
}
interface FaissFile {
  search: (Record<'seed' | 'n' | 'm' | 'd' | 'k', number> & Record<'dist' | 'index', number[]>)[]
}
interface AnomalibFile {
  shape: Shape
  masks: number[]
  aupro: { limit: number; value: number }[]
  padim: { seed: number; shape: Shape; distances: number[] }
}

const recorded = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../spec/anomaly-energy/oracle-${name}.json`, import.meta.url), 'utf8'))

/** `numbers` of the script that recorded. */
const recordedInput = (seed: number, n: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => ((31 * i * i + 7919 * i + 104729 * seed) % 10007) / 10007)

const sizeOf = (shape: Shape) => shape.reduce((a, b) => a * b, 1)
const inputOf = ({ seed, shape }: { seed: number; shape: Shape }): Batch => ({
  data: recordedInput(seed, sizeOf(shape)),
  shape,
})

describe.each(kinds)('recorded: $label', ({ open }) => {
  let k: AnomalyEnergyKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  describe('torch', () => {
    const torch = recorded<TorchFile>('torch')

    it('interpolate, align_corners = False', () => {
      for (const c of torch.interpolate) expectClose(k.resizeBilinear(inputOf(c), ...c.to).data, c.out, 1e-6)
    })

    it('avg_pool2d', () => {
      for (const c of torch.pool) expectClose(averagePool3(inputOf(c)).data, c.out, 1e-6)
    })

    it('conv2d and autograd: energies and gradients of networks', () => {
      for (const { layers, params, energy, local, gradient, ...c } of torch.networks) {
        const x = inputOf(c)
        const channels = c.shape[1]
        const flat = recordedInput(c.seed + 100, params).map((v) => (v - 0.5) / 4)
        for (const numerics of ['fast', 'exact'] as const) {
          const net = k.convEnergyFrom({ layers, channels, params: flat, scale: 2, offset: -1, sign: 1, numerics })
          const out = { gradient: new Float32Array(x.data.length), energy: new Float32Array(energy.length) }
          net.energyAndGradient(x, { out })
          expectClose(out.energy, energy, 1e-5)
          expectClose(net.localEnergy(x).data, local, 1e-5)
          expectClose(out.gradient, gradient, 1e-5)
        }
      }
    })

    it('unfold and autograd: energies and gradients of patches', () => {
      for (const { patch, energy, gradient, ...c } of torch.patches) {
        const channels = c.shape[1]
        const d = channels * patch * patch
        const b = recordedInput(c.seed + 100, d * d)
        const precision = new Float64Array(d * d)
        for (let i = 0; i < d; i++) {
          for (let j = 0; j < d; j++) {
            let sum = 0
            for (let t = 0; t < d; t++) sum += b[i * d + t] * b[j * d + t]
            precision[i * d + j] = sum / d + (i === j ? 0.5 : 0)
          }
        }
        const mean = Float64Array.from(recordedInput(c.seed + 200, d))
        const model = k.patchEnergyFrom({ patch, channels, mean, precision })
        const x = inputOf(c)
        expectClose(model.energy(x), energy, 1e-5)
        expectClose(model.gradient(x).data, gradient, 5e-6)
      }
    })
  })

  it('faiss: nearest rows', async () => {
    for (const { seed, n, m, d, k: count, dist, index } of recorded<FaissFile>('faiss').search) {
      const bank = k.memoryBank(recordedInput(seed, m * d), d)
      const found = await bank.query(recordedInput(seed + 100, n * d), count)
      expect([...found.index]).toEqual(index)
      expectClose(found.dist, dist, 1e-5)
    }
  })

  describe('anomalib', () => {
    const anomalib = recorded<AnomalibFile>('anomalib')

    it('AUPRO at several limits', async () => {
      const { shape, masks } = anomalib
      const data = recordedInput(10, sizeOf(shape)).map((v, i) => v + masks[i] / 2)
      for (const { limit, value } of anomalib.aupro) {
        const found = await k.metrics.aupro({ data, shape }, Uint8Array.from(masks), { limit })
        expect(Math.abs(found.value - value), `limit ${limit}: ${found.value}, ${value}`).toBeLessThan(1e-5)
      }
    })

    it('PaDiM: distances', async () => {
      const { distances, ...c } = anomalib.padim
      const features = inputOf(c)
      const model = await k.fitLocation(features, { ridge: 0.01 })
      expectClose(model.map(features).data, distances, 1e-4)
    })
  })
})
