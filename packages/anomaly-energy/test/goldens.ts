/** The goldens of spec/anomaly-energy through the public methods. Free of vitest, so that they run in every runtime. */
import type { AnomalyEnergyKernel, Batch, ConvLayer } from '@ukernels/anomaly-energy'
import type { Goldens } from '@ukernels/test-kit/goldens'

type Numbers = readonly number[]
type Shape = Batch['shape']

interface LseCase extends Record<'k' | 'temperature', number>, Record<'logits' | 'energy' | 'gradient', Numbers> {}
interface PatchCase
  extends Record<'patch' | 'channels' | 'energy', number>,
    Record<'mean' | 'precision' | 'x' | 'gradient' | 'energyMap' | 'kappa' | 'bias', Numbers> {
  shape: Shape
}
interface SubspaceSpec extends Record<'rows' | 'query' | 'singularValues' | 'explained', Numbers> {
  d: number
  distance2: number
  cases: Record<'k' | 'fre' | 'nll' | 'ppca', number>[]
}
interface GaussianSpec extends Record<'rows' | 'query', Numbers> {
  d: number
  cases: { ridge: number; ddof: 0 | 1; mahalanobis2: number }[]
}
interface LocationSpec extends Record<'features' | 'query', Numbers> {
  shape: Shape
  distance: number
}
interface NeighborSpec extends Record<'bank' | 'patches' | 'dist' | 'index', Numbers> {
  d: number
  imageScores: { k: number; score: number }[]
  coresets: { rows: Numbers; d: number; m: number; picks: Numbers }[]
}
interface LangevinSpec extends Record<'a' | 'epsilon' | 'chains' | 'tolerance', number> {
  cases: { noiseOrder: 'first' | 'with-step'; variance: number }[]
}
interface AdamSpec extends Record<'theta' | 'gradient' | 'after', Numbers> {
  gradNorm: number
  learningRate: number
}
interface ConvSpec extends Record<'params' | 'x' | 'local' | 'gradient', Numbers> {
  layers: ConvLayer[]
  shape: Shape
  energy: number
}
interface Plane {
  h: number
  w: number
  m: Numbers
  out: Numbers
}
interface MapsSpec {
  sigma: number
  taps: Numbers
  blur: (Plane & { sigma: number })[]
  bilinear: (Plane & { to: [h: number, w: number] })[]
}
interface Ranking extends Record<'auroc' | 'averagePrecision' | 'f1' | 'threshold' | 'fpr95', number> {
  y: Numbers
  s: Numbers
}
interface MetricsSpec {
  rankings: Ranking[]
  shape: Shape
  maps: Numbers
  masks: Numbers
  aupro: { limit: number; value: number; regions: number }[]
  pixelAuroc: number
  pixelAveragePrecision: number
}
interface CalibrateSpec {
  values: Numbers
  upper: [value: number, p: number][]
  lower: [value: number, p: number][]
  /** No threshold where the rate can't be reached. */
  thresholds: [rate: number, threshold: number | null][]
}

const f32 = (values: ArrayLike<number>) => Float32Array.from(values)
const batch = (shape: Shape, values: ArrayLike<number>): Batch => ({ data: f32(values), shape })

/** f32 arithmetic; f32 results of f64 arithmetic; f64 results. */
const [SINGLE, ROUNDED, DOUBLE] = [1e-5, 1e-6, 1e-9]

/** The numbers that are off by more than a share of the largest expected magnitude. */
function off(what: string, found: ArrayLike<number>, expected: ArrayLike<number>, bound: number): unknown[] {
  if (found.length !== expected.length) return [{ what, length: found.length, expected: expected.length }]
  const scale = Math.max(...Array.from(expected, Math.abs), Number.MIN_VALUE)
  return Array.from(expected, (value, i) => ({ what, i, found: found[i], expected: value })).filter(
    (pair) => !(Math.abs(pair.found - pair.expected) <= bound * scale),
  )
}
const differ = (what: string, found: unknown, expected: unknown): unknown[] =>
  JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ what, found, expected }]
const code = (error: unknown) => (error as { code?: string }).code

function bilinear(k: AnomalyEnergyKernel, { h, w, m, to, out }: MapsSpec['bilinear'][number]): unknown[] {
  return off('bilinear', k.resizeBilinear(batch([1, 1, h, w], m), ...to).data, out, ROUNDED)
}

/** The taps of a blur are what it makes of a point in the middle of a line that is long enough. */
function taps(k: AnomalyEnergyKernel, { sigma, taps: expected }: MapsSpec): unknown[] {
  const line = new Float32Array(3 * expected.length)
  line[expected.length + (expected.length >> 1)] = 1
  const { data } = k.gaussianBlur({ data: line, shape: [1, 1, 1, line.length] }, sigma)
  const inside = data.subarray(expected.length, 2 * expected.length)
  const outside = [...data.subarray(0, expected.length), ...data.subarray(2 * expected.length)]
  return [...off('taps', inside, expected, ROUNDED), ...differ('beyond the taps', Math.max(...outside), 0)]
}

/** What differs from the goldens, by group; their numbers are those of the kernel's design. */
export const goldens: Goldens<AnomalyEnergyKernel> = {
  '1, free energy'(k, { spec }) {
    return (spec.lse as { cases: LseCase[] }).cases.flatMap((c) => {
      const gradient = new Float32Array(c.logits.length)
      const energy = k.freeEnergy(f32(c.logits), c.k, { temperature: c.temperature, out: { gradient } })
      return [...off('energy', energy, c.energy, ROUNDED), ...off('gradient', gradient, c.gradient, ROUNDED)]
    })
  },

  '2 and 3, PatchEnergy of one and two channels'(k, { spec }) {
    return (spec.patch as { cases: PatchCase[] }).cases.flatMap((c) => {
      const { patch, channels } = c
      const [mean, precision] = [Float64Array.from(c.mean), Float64Array.from(c.precision)]
      const model = k.patchEnergyFrom({ patch, channels, mean, precision })
      const x = batch(c.shape, c.x)
      // The model's bias is for an image less the mean of μ's channel; that of the golden is for the image as it is.
      const bias = Array.from({ length: channels }, (_, to) => {
        const moved = Array.from({ length: channels }, (_, from) => {
          const center = mean.subarray(from * patch ** 2, (from + 1) * patch ** 2).reduce((a, b) => a + b) / patch ** 2
          const size = (2 * patch - 1) ** 2
          const at = (to * channels + from) * size
          return center * model.kappa.subarray(at, at + size).reduce((a, b) => a + b, 0)
        })
        return model.bias[to] - moved.reduce((a, b) => a + b)
      })
      return [
        ...off('energy', model.energy(x), [c.energy], ROUNDED),
        ...off('gradient', model.gradient(x).data, c.gradient, ROUNDED),
        ...off('energyMap', model.energyMap(x).data, c.energyMap, SINGLE),
        ...off('kappa', model.kappa, c.kappa, ROUNDED),
        ...off('bias', bias, c.bias, ROUNDED),
      ]
    })
  },

  async '4, subspace scores'(k, { spec }) {
    const { rows, d, query, distance2, singularValues, explained, cases } = spec.subspace as SubspaceSpec
    const h = f32(query)
    const differences = cases.map(async (c) => {
      const model = await k.fitSubspace(f32(rows), d, { k: c.k })
      return [
        ...off('singularValues', model.singularValues, singularValues, DOUBLE),
        ...off('explained', [model.explained], [explained[c.k - 1]], DOUBLE),
        ...off('fre', model.fre(h), [c.fre], 1e-4),
        ...off('nll', model.nll(h), [c.nll], SINGLE),
        ...off('ppca', model.ppca(h), [c.ppca], SINGLE),
      ]
    })
    const full = await k.fitSubspace(f32(rows), d, { variance: 1 })
    const square = full.project(h).reduce((sum, z) => sum + z * z, 0)
    const [fre] = full.fre(h)
    // Directions are f32: at full rank they leave the square of their rounding.
    const none = off('FRE at full rank', [distance2 + fre], [distance2], 1e-12)
    return [...(await Promise.all(differences)).flat(), ...none, ...off('‖z‖²', [square], [distance2], SINGLE)]
  },

  async '4, Mahalanobis distances'(k, { spec }) {
    const { rows, d, query, cases } = spec.gaussian as GaussianSpec
    const differences = cases.map(async ({ ridge, ddof, mahalanobis2 }) => {
      const model = await k.fitGaussian(f32(rows), d, { ridge, ddof })
      return off('energy', model.energy(f32(query)), [mahalanobis2 / 2], SINGLE)
    })
    return (await Promise.all(differences)).flat()
  },

  async '5, PaDiM'(k, { spec }) {
    const { features, shape, query, distance } = spec.location as LocationSpec
    const [, c, h, w] = shape
    const model = await k.fitLocation(batch(shape, features))
    return off('distance', model.map(batch([1, c, h, w], query)).data, [distance], SINGLE)
  },

  async '6, PatchCore'(k, { spec }) {
    const { bank: rows, d, patches, dist, index, imageScores, coresets } = spec.neighbors as NeighborSpec
    const bank = k.memoryBank(f32(rows), d)
    const found = await bank.query(f32(patches), 1)
    const picked = coresets.map(async (c) => {
      const { rows: kept } = await k.coreset(f32(c.rows), c.d, { m: c.m, start: 0, seed: 0 })
      const expected = c.picks.flatMap((row) => c.rows.slice(row * c.d, (row + 1) * c.d))
      return differ('coreset', [...kept], expected)
    })
    return [
      ...differ('nearest', [[...found.dist], [...found.index]], [dist, index]),
      ...imageScores.flatMap(({ k: count, score }) =>
        off(`image score of ${count}`, [bank.imageScore(f32(patches), count)], [score], ROUNDED),
      ),
      ...(await Promise.all(picked)).flat(),
    ]
  },

  '7, stationary variances of Langevin chains'(k, { spec }) {
    const { a, epsilon, chains, tolerance, cases } = spec.langevin as LangevinSpec
    return cases.flatMap(({ noiseOrder, variance }) => {
      const sampler = k.createSampler({ steps: 12, step: epsilon ** 2 / 2, noise: epsilon, noiseOrder, seed: 7 })
      const force = (at: Float32Array, g: Float32Array) => g.set(at.map((v) => a * v))
      // Every element of a chain is a chain by itself: the energy is a sum over them.
      const x = sampler.runWith(force, new Float32Array(chains), 1000)
      const square = x.reduce((sum, v) => sum + v * v, 0) / chains
      return Math.abs(square - variance) < tolerance ? [] : [{ noiseOrder, square, variance }]
    })
  },

  '8, a step of contrastive divergence and Adam'(k, { spec }) {
    const { theta, gradient, gradNorm, learningRate, after } = spec.adam as AdamSpec
    // E(x) = θ₀x₀ − θ₁x₁ + θ₂: a step far down its slope ends in the corner (−1, 1) of the range, whatever the chain
    // was, so that ∂L/∂θ = x⁺ − (−1, 1): the gradient of the golden, and 0 for the bias.
    const signs = [1, -1, 1]
    const layers: ConvLayer[] = [{ out: 1, kernel: 1, stride: 1, pad: 0, act: 'none' }]
    const params = f32(theta.map((t, i) => t * signs[i]))
    const energy = k.convEnergyFrom({ layers, channels: 2, params, scale: 1, offset: 0, sign: 1 })
    const still = { dataNoise: 0, noise: 0, reinit: 0, l2: 0, emaDecay: 0 }
    const settings = { batch: 1, crop: 1, bufferSize: 1, steps: 1, step: 10, clip: 'none' as const, seed: 0 }
    const trainer = k.createTrainer(energy, { ...settings, ...still, gradNorm, learningRate })
    const stats = trainer.step(batch([1, 2, 1, 1], [gradient[0] - 1, gradient[1] + 1]))
    return [
      ...off('norm of the gradient', [stats.gradNorm], [Math.hypot(...gradient)], ROUNDED),
      ...off('parameters', trainer.ema.params, [after[0], -(2 - after[1]), after[2]], ROUNDED / 10),
    ]
  },

  '9, ConvEnergy'(k, { spec }) {
    const c = spec.conv as ConvSpec
    const x = batch(c.shape, c.x)
    return (['fast', 'exact'] as const).flatMap((numerics) => {
      const options = { layers: c.layers, channels: 1, scale: 1, offset: 0, sign: 1, numerics } as const
      const net = k.convEnergyFrom({ ...options, params: f32(c.params) })
      const out = { gradient: new Float32Array(x.data.length), energy: new Float32Array(1) }
      net.energyAndGradient(x, { out })
      return [
        ...off('energy', [...net.energy(x), ...out.energy], [c.energy, c.energy], SINGLE),
        ...off('local', net.localEnergy(x).data, c.local, SINGLE),
        ...off('gradient', out.gradient, c.gradient, SINGLE),
        ...off('‖g‖₁', net.score(x, 'gL1'), [c.gradient.reduce((sum, g) => sum + Math.abs(g), 0)], SINGLE),
        ...off('‖g‖₂', net.score(x, 'gL2'), [Math.hypot(...c.gradient)], SINGLE),
      ]
    })
  },

  '10, blur and bilinear resampling'(k, { spec }) {
    const maps = spec.maps as MapsSpec
    const blurred = maps.blur.flatMap(({ h, w, m, sigma, out }) =>
      off(`blur ${sigma}`, k.gaussianBlur(batch([1, 1, h, w], m), sigma).data, out, ROUNDED),
    )
    return [...taps(k, maps), ...blurred, ...maps.bilinear.flatMap((c) => bilinear(k, c))]
  },

  '11, metrics of rankings'({ metrics: m }, { spec }) {
    return (spec.metrics as MetricsSpec).rankings.flatMap((c) => {
      const [s, y] = [f32(c.s), Uint8Array.from(c.y)]
      const { f1, threshold } = m.f1Max(s, y)
      const found = [m.auroc(s, y), m.averagePrecision(s, y), f1, m.fprAtTpr(s, y)]
      const expected = [c.auroc, c.averagePrecision, c.f1, c.fpr95]
      return [...off('metrics', found, expected, DOUBLE), ...differ('threshold', threshold, Math.fround(c.threshold))]
    })
  },

  async '12, metrics of maps'({ metrics: m }, { spec }) {
    const c = spec.metrics as MetricsSpec
    const [maps, masks] = [batch(c.shape, c.maps), Uint8Array.from(c.masks)]
    const pros = c.aupro.map(async ({ limit, value, regions }) => {
      const found = await m.aupro(maps, masks, { limit })
      return [...off('aupro', [found.value], [value], DOUBLE), ...differ('regions', found.regions, regions)]
    })
    const found = [await m.pixelAuroc(maps, masks), await m.pixelAveragePrecision(maps, masks)]
    const pixels = off('pixels', found, [c.pixelAuroc, c.pixelAveragePrecision], DOUBLE)
    return [...(await Promise.all(pros)).flat(), ...pixels]
  },

  '13, calibration'(k, { spec }) {
    const { values, upper, lower, thresholds } = spec.calibrate as CalibrateSpec
    const calibrator = k.calibrate(f32(values))
    const threshold = (rate: number) => {
      try {
        return calibrator.threshold(rate)
      } catch (error) {
        return code(error) === 'ERR_UKERNELS_RANGE' ? null : code(error)
      }
    }
    return [
      ...upper.flatMap(([v, p]) => off(`upper ${v}`, [calibrator.pUpper(v)], [p], DOUBLE)),
      ...lower.flatMap(([v, p]) => off(`lower ${v}`, [calibrator.pLower(v)], [p], DOUBLE)),
      ...thresholds.flatMap(([rate, expected]) => differ(`threshold ${rate}`, threshold(rate), expected)),
    ]
  },
}
