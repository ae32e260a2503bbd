/** The rows of the topic `patch`, one number at a time. */
import { f, sum8 } from './numbers.js'
import type { Rows } from './rows.js'

const triangle = (d: number) => (d * (d + 1)) / 2

/** First and last offset in the patches that hold pixel u of m, and its class. */
export function offsets(u: number, m: number, p: number): { lo: number; hi: number; index: number } {
  const lo = Math.max(0, u - (m - p))
  const hi = Math.min(p - 1, u)
  return { lo, hi, index: m < 2 * p - 1 ? u : lo + hi }
}

export const patchRows = {
  patchRows(x, _n, c, h, w, p, stride, first, count, out) {
    const ny = Math.floor((h - p) / stride) + 1
    const nx = Math.floor((w - p) / stride) + 1
    let at = 0
    for (let k = first; k < first + count; k++) {
      const i = Math.floor(k / (ny * nx))
      const y = (Math.floor(k / nx) % ny) * stride
      const left = (k % nx) * stride
      for (let ch = 0; ch < c; ch++)
        for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) out[at++] = x[((i * c + ch) * h + y + a) * w + left + b]
    }
    return 0
  },

  patchGradient(x, center, kernels, bias, _n, c, h, w, p, rows, g, dots) {
    const taps = 2 * p - 1
    const columns = Math.min(w, taps)
    const pixel = (i: number, ch: number, y: number, u: number) => f(x[((i * c + ch) * h + y) * w + u] - center[ch])
    for (let r = 0; r < rows; r++) {
      const i = Math.floor(r / (c * h))
      const ch = Math.floor(r / h) % c
      const y = r % h
      const oy = offsets(y, h, p)
      const biases = new Float64Array(w)
      for (let u = 0; u < w; u++) {
        const ox = offsets(u, w, p)
        const cls = oy.index * columns + ox.index
        const interior = oy.lo === 0 && ox.lo === 0 && oy.hi === p - 1 && ox.hi === p - 1
        const kernel = (other: number, dy: number, dx: number) =>
          kernels[(((cls * c + ch) * c + other) * taps + dy + p - 1) * taps + dx + p - 1]
        let acc = 0
        if (interior && c === 1) {
          acc = f(kernel(0, 0, 0) * pixel(i, 0, y, u))
          for (let dy = 1 - p; dy <= 0; dy++)
            for (let dx = 1 - p; dx < (dy < 0 ? p : 0); dx++) {
              const pair = f(pixel(i, 0, y + dy, u + dx) + pixel(i, 0, y - dy, u - dx))
              acc = f(acc + f(kernel(0, dy, dx) * pair))
            }
        } else {
          for (let other = 0; other < c; other++)
            for (let dy = oy.lo - (p - 1); dy <= oy.hi; dy++)
              for (let dx = ox.lo - (p - 1); dx <= ox.hi; dx++)
                acc = f(acc + f(kernel(other, dy, dx) * pixel(i, other, y - dy, u - dx)))
        }
        biases[u] = bias[cls * c + ch]
        g[r * w + u] = acc + biases[u]
      }
      dots[r] = sum8(w, (u) => pixel(i, ch, y, u) * (g[r * w + u] + biases[u]))
    }
    return 0
  },

  patchEnergies(x, center, factor, shift, _n, c, h, w, p, rows, out) {
    const d = c * p * p
    const ny = h - p + 1
    const nx = w - p + 1
    for (let r = 0; r < rows; r++) {
      const i = Math.floor(r / ny)
      const y = r % ny
      for (let u = 0; u < nx; u++) {
        const v = new Float64Array(d)
        for (let k = 0; k < d; k++) {
          const ch = Math.floor(k / (p * p))
          const row = y + (Math.floor(k / p) % p)
          v[k] = f(x[((i * c + ch) * h + row) * w + u + (k % p)] - center[ch])
        }
        let energy = 0
        for (let k = 0; k < d; k++) {
          let s = -shift[k]
          for (let j = 0; j <= k; j++) s += factor[triangle(k) + j] * v[j]
          energy += s * s
        }
        out[r * nx + u] = energy / 2
      }
    }
    return 0
  },

  patchAverage(energies, _n, h, w, p, rows, out) {
    const ny = h - p + 1
    const nx = w - p + 1
    for (let r = 0; r < rows; r++) {
      const i = Math.floor(r / h)
      const v = r % h
      for (let u = 0; u < w; u++) {
        let total = 0
        let count = 0
        for (let y = Math.max(0, v - p + 1); y <= Math.min(v, h - p); y++) {
          let line = 0
          for (let left = Math.max(0, u - p + 1); left <= Math.min(u, w - p); left++) {
            line += energies[(i * ny + y) * nx + left]
            count++
          }
          total += line
        }
        out[r * w + u] = total / count
      }
    }
    return 0
  },
} satisfies Partial<Rows>
