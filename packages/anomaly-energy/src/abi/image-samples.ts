/** Samples of the rows on images: patches, networks, chains, maps. */
import type { Sample, SampleSource } from '@ukernels/runtime'
import { floats, seedOf, triangle } from './sample-data.js'

const axis = (m: number, p: number) => Math.min(m, 2 * p - 1)

/** Images and every array of the patch rows. Kernels of one channel are point-symmetric in the interior class. */
function patchSample(s: SampleSource, [n, c, h, w, p]: number[]): Sample {
  const d = c * p * p
  const taps = 2 * p - 1
  const classes = axis(h, p) * axis(w, p)
  const kernels = floats(s, classes * c * c * taps * taps, -2, 2)
  if (c === 1) {
    const interior = (axis(h, p) >> 1) * axis(w, p) + (axis(w, p) >> 1)
    const kernel = kernels.subarray(interior * taps * taps, (interior + 1) * taps * taps)
    for (let i = 0; i < taps * taps; i++) kernel[taps * taps - 1 - i] = kernel[i]
  }
  const ny = h - p + 1
  const nx = w - p + 1
  return {
    x: floats(s, n * c * h * w),
    center: floats(s, c, 0.3, 0.6),
    kernels,
    bias: floats(s, classes * c, -1, 1),
    factor: floats(s, triangle(d), -1, 1),
    shift: floats(s, d, -1, 1),
    energies: floats(s, n * ny * nx, 0, 9),
    n,
    c,
    h,
    w,
    p,
  }
}

const patchShapes = [
  [0, 1, 9, 9, 3],
  [1, 1, 2, 2, 2],
  [1, 1, 4, 4, 2],
  [2, 1, 40, 37, 7],
  [1, 2, 20, 17, 3],
  [1, 1, 9, 30, 7],
  [1, 3, 12, 8, 5],
  [1, 1, 15, 15, 1],
  [1, 1, 80, 150, 7],
]

const patchSamples = (rows: (shape: { n: number; c: number; h: number; p: number }) => number) => (s: SampleSource) =>
  patchShapes.map((shape): Sample => {
    const [n, c, h, , p] = shape
    return { ...patchSample(s, shape), rows: rows({ n, c, h, p }) }
  })

interface Layer {
  out: number
  kernel: number
  stride: number
  pad: number
  act: number
}

const nets: { c: number; h: number; w: number; layers: Layer[] }[] = [
  { c: 1, h: 1, w: 1, layers: [{ out: 1, kernel: 1, stride: 1, pad: 0, act: 0 }] },
  {
    c: 2,
    h: 11,
    w: 9,
    layers: [
      { out: 5, kernel: 4, stride: 2, pad: 1, act: 1 },
      { out: 7, kernel: 3, stride: 1, pad: 1, act: 2 },
      { out: 1, kernel: 1, stride: 1, pad: 0, act: 0 },
    ],
  },
  {
    c: 1,
    h: 32,
    w: 32,
    layers: [
      { out: 24, kernel: 4, stride: 2, pad: 1, act: 1 },
      { out: 48, kernel: 3, stride: 1, pad: 1, act: 1 },
      { out: 48, kernel: 4, stride: 2, pad: 1, act: 1 },
      { out: 48, kernel: 3, stride: 1, pad: 1, act: 1 },
      { out: 1, kernel: 1, stride: 1, pad: 0, act: 0 },
    ],
  },
]

/** Every array and scalar of the rows on networks. */
function networkSample(
  s: SampleSource,
  { c, h, w, layers }: (typeof nets)[number],
  n: number,
  numerics: number,
): Sample {
  let [inputs, oh, ow, weights, activations, widest] = [c, h, w, 0, c * h * w, 0]
  for (const { out, kernel, stride, pad } of layers) {
    weights += out * inputs * kernel * kernel + out
    widest = Math.max(widest, Math.max(inputs, out) * kernel * kernel)
    oh = Math.floor((oh + 2 * pad - kernel) / stride) + 1
    ow = Math.floor((ow + 2 * pad - kernel) / stride) + 1
    activations += out * oh * ow
    inputs = out
  }
  return {
    plan: Uint32Array.from(layers.flatMap(({ out, kernel, stride, pad, act }) => [out, kernel, stride, pad, act])),
    params: floats(s, weights, -0.2, 0.2),
    layers: layers.length,
    weights,
    activations,
    widest,
    numerics,
    x: floats(s, n * c * h * w, -1, 1),
    c,
    h,
    w,
    scale: 1.5,
    offset: -0.25,
    n,
    places: oh * ow,
    coefficients: floats(s, n, -1, 1),
  }
}

const networks = (s: SampleSource): Sample[] =>
  nets.flatMap((net, i) => [1, 0].map((numerics, j) => networkSample(s, net, [0, 1, 9, 2][(i + j) % 4], numerics)))

const singleLayers = (s: SampleSource): Sample[] =>
  [
    { inputs: 1, outputs: 1, kernel: 1, stride: 1, pad: 0, h: 1, w: 1, n: 1 },
    { inputs: 3, outputs: 5, kernel: 3, stride: 1, pad: 1, h: 9, w: 14, n: 2 },
    { inputs: 2, outputs: 4, kernel: 4, stride: 2, pad: 1, h: 11, w: 8, n: 3 },
    { inputs: 24, outputs: 48, kernel: 3, stride: 1, pad: 1, h: 16, w: 16, n: 1 },
    { inputs: 4, outputs: 3, kernel: 3, stride: 2, pad: 0, h: 8, w: 7, n: 0 },
    { inputs: 4, outputs: 3, kernel: 3, stride: 2, pad: 0, h: 8, w: 7, n: 2 },
  ].flatMap((layer) => {
    const { inputs, outputs, kernel, stride, pad, h, w, n } = layer
    const out = (m: number) => Math.floor((m + 2 * pad - kernel) / stride) + 1
    return [0, 1].map((numerics) => ({
      ...layer,
      numerics,
      x: floats(s, n * inputs * h * w, -1, 1),
      dz: floats(s, n * outputs * out(h) * out(w), -1, 1),
      weight: floats(s, outputs * inputs * kernel * kernel, -1, 1),
      bias: floats(s, outputs, -1, 1),
    }))
  })

const motions = (s: SampleSource): Sample[] =>
  [0, 1, 2].flatMap((clip) =>
    [0, 0.01].map((noise) => ({
      seed: seedOf(s),
      chain0: s.below(50),
      step0: noise ? 2 ** 32 - 2 : 7,
      lambda: 0.5,
      noise,
      clip,
      clipAt: 0.03,
      lo: clip ? -1 : -Infinity,
      hi: clip ? 1 : Infinity,
    })),
  )

export const imageSamples = {
  patchRows: (s: SampleSource): Sample[] =>
    [
      [1, 1, 7, 7, 7, 2, 0, 1],
      [2, 3, 20, 31, 5, 2, 3, 150],
      [3, 1, 60, 50, 7, 1, 2000, 4000],
      [1, 1, 9, 9, 3, 1, 5, 0],
    ].map(([n, c, h, w, p, stride, first, count]) => ({
      x: floats(s, n * c * h * w),
      n,
      c,
      h,
      w,
      p,
      stride,
      first,
      count,
    })),
  patchGradient: patchSamples(({ n, c, h }) => n * c * h),
  patchEnergies: patchSamples(({ n, h, p }) => n * (h - p + 1)),
  patchAverage: patchSamples(({ n, h }) => n * h),

  convForward: singleLayers,
  convBackwardInput: singleLayers,
  convBackwardWeight: singleLayers,
  convEnergy: networks,
  convParameterGradient: networks,
  langevinUpdate: (s: SampleSource): Sample[] =>
    motions(s).map((motion, i) => {
      const n = [0, 1, 9][i % 3]
      const size = [1, 37, 300][i % 3]
      const g = i % 4 === 3 ? undefined : floats(s, n * size, -0.2, 0.2)
      return { ...motion, x: floats(s, n * size, -1, 1), g, n, size }
    }),
  langevinRun: (s: SampleSource): Sample[] =>
    motions(s).map((motion, i) => ({
      ...networkSample(s, nets[1 + (i % 2)], 2, i % 2),
      ...motion,
      steps: i % 3,
      noiseFirst: i < 3 ? 1 : 0,
    })),
  descentStep: (s: SampleSource): Sample[] =>
    [0, 1, 1000, 70001].map((n) => {
      const x = floats(s, n)
      return {
        x,
        x0: x.map((v, i) => (i % 3 ? v : 1 - v)),
        g: floats(s, n, -1, 1),
        alpha: 0.5,
        lambda: 0.05,
        clipAt: 0.03,
        lo: 0,
        hi: 1,
      }
    }),

  sumParts: (s: SampleSource): Sample[] =>
    [
      [1, 0],
      [1, 1],
      [3, 40000],
    ].map(([groups, weights]) => ({ parts: floats(s, groups * weights, -1, 1), groups, weights, count: weights })),
  adamEma: (s: SampleSource): Sample[] =>
    [0, 1, 17, 40001].map((n, i) => ({
      theta: floats(s, n, -1, 1),
      gradient: floats(s, n, -1, 1),
      m: floats(s, n, -1, 1),
      v: floats(s, n),
      ema: floats(s, n, -1, 1),
      scale: 0.7,
      beta1: i % 2 ? 0.9 : 0,
      beta2: 0.999,
      rate: 3e-4,
      root: 1.5,
      epsilon: 1e-8,
      decay: 0.99,
    })),

  blur: (s: SampleSource): Sample[] =>
    [
      [0, 4, 4, 2],
      [1, 1, 1, 3],
      [2, 5, 7, 16],
      [3, 40, 33, 4],
      [1, 16, 200, 8],
      [1, 9, 9, 0],
    ].map(([planes, h, w, r]) => ({
      x: floats(s, planes * h * w),
      taps: floats(s, r + 1),
      planes,
      h,
      w,
      r,
      rows: planes * h,
    })),
  resize: (s: SampleSource): Sample[] =>
    [
      [0, 2, 3, 4, 5],
      [1, 1, 1, 3, 2],
      [2, 9, 14, 40, 33],
      [1, 30, 50, 7, 5],
    ].map(([planes, h, w, outH, outW]) => ({
      x: floats(s, planes * h * w),
      yIndex: new Uint32Array(2 * outH).map(() => s.below(h)),
      yWeight: floats(s, outH),
      xIndex: new Uint32Array(2 * outW).map(() => s.below(w)),
      xWeight: floats(s, outW),
      planes,
      h,
      w,
      outH,
      outW,
      rows: planes * outH,
    })),
  reduceChannels: (s: SampleSource): Sample[] =>
    [0, 1, 2, 3].flatMap((how) =>
      [
        [0, 1, 5],
        [1, 1, 1],
        [3, 4, 333],
      ].map(([n, c, plane]) => ({ g: floats(s, n * c * plane, -1, 1), n, c, plane, how })),
    ),
  absReduce: (s: SampleSource): Sample[] =>
    [
      [0, 3],
      [1, 1],
      [150, 33],
    ].map(([rows, w]) => ({ x: s.gradients(rows * w), w, rows })),
  rgba: (s: SampleSource): Sample[] =>
    [0, 1, 70000].map((n) => ({ x: s.anyFloats(n), lo: -1, factor: 51.2, palette: s.bytes(1024) })),
}
