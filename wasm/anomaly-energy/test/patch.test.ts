// The patch energy: filters, borders, energies, averages.
import { describe, expect, it } from 'vitest'
import { f as f32, sum8 } from '../../../packages/anomaly-energy/test/reference/numbers.js'
import { expectClose, expectSame, type Loose, run, samplesOf } from './core.js'

const range = (u: number, m: number, p: number) => [Math.max(0, u - (m - p)), Math.min(p - 1, u)]
const classOf = (u: number, m: number, p: number) => {
  const [lo, hi] = range(u, m, p)
  return m < 2 * p - 1 ? u : lo + hi
}
const classes = (m: number, p: number) => Math.min(m, 2 * p - 1)

/** The table's gradient, pixel by pixel. */
function gradient({ x, center, kernels, bias, n, c, h, w, p }: Loose) {
  const t = 2 * p - 1
  const g = new Float32Array(n * c * h * w)
  const pixel = (i: number, ch: number, v: number, u: number) => f32(x[((i * c + ch) * h + v) * w + u] - center[ch])
  const dots = new Float64Array(n * c * h)
  for (let r = 0; r < dots.length; r++) {
    const [i, ch, v] = [Math.floor(r / h / c), Math.floor(r / h) % c, r % h]
    const biases: number[] = []
    for (let u = 0; u < w; u++) {
      const index = classOf(v, h, p) * classes(w, p) + classOf(u, w, p)
      const kernel = (from: number, dy: number, dx: number) =>
        kernels[(((index * c + ch) * c + from) * t + dy + p - 1) * t + dx + p - 1]
      const [[lowV, highV], [lowU, highU]] = [range(v, h, p), range(u, w, p)]
      let acc = 0
      if (c === 1 && lowV + lowU === 0 && highV + highU === 2 * p - 2) {
        acc = f32(kernel(0, 0, 0) * pixel(i, 0, v, u))
        for (let dy = 1 - p; dy <= 0; dy++)
          for (let dx = 1 - p; dx < (dy < 0 ? p : 0); dx++)
            acc = f32(acc + f32(kernel(0, dy, dx) * f32(pixel(i, 0, v + dy, u + dx) + pixel(i, 0, v - dy, u - dx))))
      } else {
        for (let from = 0; from < c; from++)
          for (let dy = lowV - p + 1; dy <= highV; dy++)
            for (let dx = lowU - p + 1; dx <= highU; dx++)
              acc = f32(acc + f32(kernel(from, dy, dx) * pixel(i, from, v - dy, u - dx)))
      }
      biases[u] = bias[index * c + ch]
      g[r * w + u] = f32(acc + biases[u])
    }
    dots[r] = sum8(w, (u) => pixel(i, ch, v, u) * (g[r * w + u] + biases[u]))
  }
  return { g, dots }
}

/** Kernels and biases of every border class from A and μ, the centers being 0. */
function filterOf(a: number[][], mu: number[], c: number, h: number, w: number, p: number) {
  const t = 2 * p - 1
  const at = (ch: number, y: number, x: number) => (ch * p + y) * p + x
  const kernels = new Float32Array(classes(h, p) * classes(w, p) * c * c * t * t)
  const bias = new Float32Array(classes(h, p) * classes(w, p) * c)
  const product = a.map((row) => row.reduce((s, v, j) => s + v * mu[j], 0))
  for (let v = 0; v < h; v++)
    for (let u = 0; u < w; u++) {
      const index = classOf(v, h, p) * classes(w, p) + classOf(u, w, p)
      const [[lowV, highV], [lowU, highU]] = [range(v, h, p), range(u, w, p)]
      const kernel = new Float64Array(c * c * t * t)
      for (let ch = 0; ch < c; ch++) {
        bias[index * c + ch] = 0
        for (let y = lowV; y <= highV; y++)
          for (let x = lowU; x <= highU; x++) {
            bias[index * c + ch] -= product[at(ch, y, x)]
            for (let j = 0; j < a.length; j++) {
              const [from, by, bx] = [Math.floor(j / p / p), Math.floor(j / p) % p, j % p]
              kernel[((ch * c + from) * t + y - by + p - 1) * t + x - bx + p - 1] += a[at(ch, y, x)][j]
            }
          }
      }
      kernels.set(kernel, index * kernel.length)
    }
  return { kernels, bias }
}

const goldens = [
  {
    p: 2,
    c: 1,
    h: 4,
    w: 4,
    a: [
      [2, -1, 0, 0],
      [-1, 3, -1, 0],
      [0, -1, 4, -1],
      [0, 0, -1, 2],
    ],
    mu: [1, 0, 1, 2],
    x: Array.from({ length: 16 }, (_, i) => i % 5),
    energy: 169,
    g: [-3, -1, 6, 8, 19, -20, -5, 7, 6, 30, -20, 0, -1, 7, 15, -7],
    energies: [28.5, 10, 11.5, 17, 28.5, 10, 18, 17, 28.5],
  },
  {
    p: 2,
    c: 2,
    h: 3,
    w: 4,
    a: (() => {
      const b = Array.from({ length: 8 }, (_, i) =>
        Array.from({ length: 8 }, (_, j) => ((7 * i + 3 * j + i * j) % 5) - 2),
      )
      return b.map((row, i) => b.map((other, j) => row.reduce((s, v, k) => s + v * other[k], i === j ? 1 : 0)))
    })(),
    mu: Array.from({ length: 8 }, (_, k) => (3 * k) % 4),
    x: Array.from({ length: 24 }, (_, i) => (7 * (5 * Math.floor(i / 12) + 4 * (Math.floor(i / 4) % 3) + (i % 4))) % 6),
    energy: 3947,
    g: [-70, -81, 12, 76, 256, 428, -215, -34, 0, 145, 273, 56, 91, -80, -7, 41, 6, 246, 482, -194, 55, 2, 45, 171],
    energies: [896, 811.5, 344, 372, 627.5, 896],
  },
]

describe('patchGradient', () => {
  it('is the table’s for every shape', () => {
    for (const sample of samplesOf('patchGradient')) {
      const { arrays } = run('patchGradient', sample)
      const { g, dots } = gradient(sample)
      expectSame(arrays.g, g)
      expectSame(arrays.dots, dots)
    }
  })
  it.each(goldens)(
    'gives gradient and energy of the example with $c channels',
    ({ p, c, h, w, a, mu, x, energy, g }) => {
      const { kernels, bias } = filterOf(a, mu, c, h, w, p)
      const sample = {
        x: Float32Array.from(x),
        center: new Float32Array(c),
        kernels,
        bias,
        n: 1,
        c,
        h,
        w,
        p,
        rows: c * h,
      }
      const { arrays } = run('patchGradient', sample)
      expect([...arrays.g]).toEqual(g)
      const offset = a.reduce((s, row, i) => s + row.reduce((t, v, j) => t + v * mu[i] * mu[j], 0), 0)
      const total = (arrays.dots as Float64Array).reduce((s, v) => s + v)
      expect((total + (h - p + 1) * (w - p + 1) * offset) / 2).toBe(energy)
    },
  )
  it.each([
    [9, 9, 5],
    [13, 25, 7],
    [8, 30, 9],
    [40, 29, 15],
  ])('has the borders of the overlap-add of patches (%d x %d, p = %d)', (h, w, p) => {
    const d = p * p
    const b = Array.from({ length: d }, (_, i) => Array.from({ length: 3 }, (_, k) => Math.sin(1 + i * (k + 2))))
    const a = b.map((row, i) => b.map((other, j) => row.reduce((s, v, k) => s + v * other[k], i === j ? 1 : 0)))
    const mu = Array.from({ length: d }, (_, i) => Math.cos(i))
    const x = Float32Array.from({ length: h * w }, (_, i) => Math.sin(i * i))
    const expected = new Float64Array(h * w)
    for (let y = 0; y + p <= h; y++)
      for (let u = 0; u + p <= w; u++) {
        const v = mu.map((m, j) => x[(y + Math.floor(j / p)) * w + u + (j % p)] - m)
        a.forEach((row, i) => {
          expected[(y + Math.floor(i / p)) * w + u + (i % p)] += row.reduce((s, k, j) => s + k * v[j], 0)
        })
      }
    const { kernels, bias } = filterOf(a, mu, 1, h, w, p)
    const { arrays } = run('patchGradient', {
      x,
      center: new Float32Array(1),
      kernels,
      bias,
      n: 1,
      c: 1,
      h,
      w,
      p,
      rows: h,
    })
    expectClose(arrays.g, expected, 1e-5)
  })
})

/** Energies in f64 from a packed factor. */
function energies({ x, center, factor, shift, n, c, h, w, p }: Loose) {
  const d = c * p * p
  const [ny, nx] = [h - p + 1, w - p + 1]
  return Float64Array.from({ length: n * ny * nx }, (_, k) => {
    const [i, y, u] = [Math.floor(k / ny / nx), Math.floor(k / nx) % ny, k % nx]
    const v = Array.from({ length: d }, (_, j) => {
      const [ch, a, b] = [Math.floor(j / p / p), Math.floor(j / p) % p, j % p]
      return x[((i * c + ch) * h + y + a) * w + u + b] - center[ch]
    })
    let sum = 0
    for (let r = 0, at = 0; r < d; r++) {
      let z = -shift[r]
      for (let j = 0; j <= r; j++) z += factor[at++] * v[j]
      sum += z * z
    }
    return sum / 2
  })
}

describe('patchEnergies', () => {
  it('are Mahalanobis distances', () => {
    for (const sample of samplesOf('patchEnergies'))
      expectClose(run('patchEnergies', sample).arrays.out, energies(sample), 1e-5)
  })
  it('of many channels, where scratch holds one line at a time', () => {
    const [n, c, h, w, p] = [1, 70, 6, 5, 1]
    const x = Float32Array.from({ length: c * h * w }, (_, i) => Math.sin(i))
    const factor = Float32Array.from({ length: (c * (c + 1)) / 2 }, (_, i) => Math.cos(i))
    const shift = Float32Array.from({ length: c }, (_, i) => i / c)
    const sample = { x, center: new Float32Array(c).fill(0.25), factor, shift, n, c, h, w, p, rows: h }
    expectClose(run('patchEnergies', sample).arrays.out, energies(sample), 1e-5)
  })
})

it('patches as rows', () => {
  for (const sample of samplesOf('patchRows')) {
    const { x, c, h, w, p, stride, first, count } = sample as Loose
    const [ny, nx] = [Math.floor((h - p) / stride) + 1, Math.floor((w - p) / stride) + 1]
    const d = c * p * p
    const expected = Float32Array.from({ length: count * d }, (_, e) => {
      const [k, j] = [first + Math.floor(e / d), e % d]
      const [i, y, u] = [Math.floor(k / nx / ny), Math.floor(k / nx) % ny, k % nx]
      const [ch, a, b] = [Math.floor(j / p / p), Math.floor(j / p) % p, j % p]
      return x[((i * c + ch) * h + y * stride + a) * w + u * stride + b]
    })
    expectSame(run('patchRows', sample).arrays.out, expected)
  }
})

it('averages over patches', () => {
  for (const sample of samplesOf('patchAverage')) {
    const { energies: e, n, h, w, p } = sample as Loose
    const [ny, nx] = [h - p + 1, w - p + 1]
    const held = (u: number, m: number) => [Math.max(0, u - p + 1), Math.min(u, m - p)]
    const expected = Float32Array.from({ length: n * h * w }, (_, k) => {
      const [i, v, u] = [Math.floor(k / h / w), Math.floor(k / w) % h, k % w]
      const [[top, bottom], [left, right]] = [held(v, h), held(u, w)]
      let sum = 0
      for (let y = top; y <= bottom; y++) {
        let s = 0
        for (let x = left; x <= right; x++) s += e[(i * ny + y) * nx + x]
        sum += s
      }
      return sum / ((bottom - top + 1) * (right - left + 1))
    })
    expectSame(run('patchAverage', sample).arrays.out, expected)
  }
})
