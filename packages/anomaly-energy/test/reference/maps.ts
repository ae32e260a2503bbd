/** The rows of the topic `maps`, one number at a time. */
import { f, max2, sum8 } from './numbers.js'
import type { Rows } from './rows.js'

const reflect = (i: number, n: number) => {
  const m = ((i % (2 * n)) + 2 * n) % (2 * n)
  return m < n ? m : 2 * n - 1 - m
}

/** One line blurred: taps[0]·x(u) + Σ taps[j]·(x(u − j) + x(u + j)). */
function blurLine(at: (u: number) => number, n: number, taps: Float32Array): Float32Array {
  return Float32Array.from({ length: n }, (_, u) => {
    let t = f(taps[0] * at(u))
    for (let j = 1; j < taps.length; j++) t = f(t + f(taps[j] * f(at(reflect(u - j, n)) + at(reflect(u + j, n)))))
    return t
  })
}

export const mapRows = {
  blur(x, taps, planes, h, w, _r, _rows, out) {
    for (let i = 0; i < planes; i++) {
      const plane = x.subarray(i * h * w, (i + 1) * h * w)
      const tall = new Float32Array(h * w)
      for (let u = 0; u < w; u++) {
        const column = blurLine((y) => plane[y * w + u], h, taps)
        for (let y = 0; y < h; y++) tall[y * w + u] = column[y]
      }
      for (let y = 0; y < h; y++)
        out.set(
          blurLine((u) => tall[y * w + u], w, taps),
          (i * h + y) * w,
        )
    }
    return 0
  },
  resize(x, yIndex, yWeight, xIndex, xWeight, planes, h, w, outH, outW, _rows, out) {
    for (let i = 0; i < planes; i++) {
      for (let y = 0; y < outH; y++) {
        for (let u = 0; u < outW; u++) {
          const line = (row: number) => {
            const at = (i * h + row) * w
            const [a, b] = [x[at + xIndex[2 * u]], x[at + xIndex[2 * u + 1]]]
            return f(a + f(xWeight[u] * f(b - a)))
          }
          const top = line(yIndex[2 * y])
          out[(i * outH + y) * outW + u] = top + f(yWeight[y] * f(line(yIndex[2 * y + 1]) - top))
        }
      }
    }
    return 0
  },
  reduceChannels(g, n, c, plane, how, out) {
    for (let i = 0; i < n; i++) {
      for (let u = 0; u < plane; u++) {
        let s = 0
        for (let k = 0; k < c; k++) {
          const v = g[(i * c + k) * plane + u]
          s = how === 0 ? f(s + Math.abs(v)) : how === 2 ? max2(s, Math.abs(v)) : f(s + f(v * v))
        }
        out[i * plane + u] = how === 1 ? Math.sqrt(s) : s
      }
    }
    return 0
  },
  absReduce(x, w, rows, out) {
    for (let r = 0; r < rows; r++) {
      out[3 * r] = sum8(w, (i) => Math.abs(x[r * w + i]))
      out[3 * r + 1] = sum8(w, (i) => x[r * w + i] * x[r * w + i])
      out[3 * r + 2] = x.subarray(r * w, (r + 1) * w).reduce((m, v) => max2(m, Math.abs(v)), 0)
    }
    return 0
  },
  rgba(x, lo, factor, palette, out) {
    for (let i = 0; i < x.length; i++) {
      const t = f(f(x[i] - f(lo)) * f(factor))
      const index = t >= 255 ? 255 : t > 0 ? Math.trunc(t) : 0
      out.set(palette.subarray(4 * index, 4 * index + 4), 4 * i)
    }
    return 0
  },
} satisfies Partial<Rows>
