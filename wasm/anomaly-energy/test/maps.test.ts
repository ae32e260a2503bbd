// Blur, resampling, channel reductions and colors against the table's equations.
import { describe, expect, it } from 'vitest'
import { clamp, f as f32, max2, sum8 } from '../../../packages/anomaly-energy/test/reference/numbers.js'
import { expectSame, type Loose, run, samplesOf } from './core.js'

const reflect = (i: number, n: number) => {
  const m = ((i % (2 * n)) + 2 * n) % (2 * n)
  return m < n ? m : 2 * n - 1 - m
}

function blurred({ x, taps, planes, h, w, r }: Loose): Float32Array {
  const pass = (at: (d: number) => number) => {
    let t = f32(taps[0] * at(0))
    for (let j = 1; j <= r; j++) t = f32(t + f32(taps[j] * f32(at(-j) + at(j))))
    return t
  }
  const down = x.slice()
  const out = x.slice()
  for (let i = 0; i < x.length; i++) {
    const [p, y, u] = [Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w]
    down[i] = pass((d) => x[(p * h + reflect(y + d, h)) * w + u])
  }
  for (let i = 0; i < x.length; i++) out[i] = pass((d) => down[i - (i % w) + reflect((i % w) + d, w)])
  return out.subarray(0, planes * h * w)
}

describe('blur', () => {
  it('is the table’s', () => {
    for (const sample of samplesOf('blur')) expectSame(run('blur', sample).arrays.out, blurred(sample))
  })
  it('reaches further than the table of lines holds', () => {
    const [planes, h, w, r] = [1, 3, 70, 150]
    const x = Float32Array.from({ length: h * w }, (_, i) => Math.sin(i))
    const taps = Float32Array.from({ length: r + 1 }, (_, j) => 1 / (j + 3))
    const sample = { x, taps, planes, h, w, r, rows: h }
    expectSame(run('blur', sample).arrays.out, blurred(sample))
  })
  const gaussian = (sigma: number) => {
    const r = Math.floor(4 * sigma + 0.5)
    const e = Array.from({ length: r + 1 }, (_, j) => Math.exp(-(j * j) / (2 * sigma * sigma)))
    const total = 2 * e.reduce((a, b) => a + b) - 1
    return Float32Array.from(e, (v) => v / total)
  }
  const blurOf = (x: Float32Array, h: number, w: number, sigma: number) => {
    const taps = gaussian(sigma)
    return run('blur', { x, taps, planes: 1, h, w, r: taps.length - 1, rows: h }).arrays.out as Float32Array
  }
  it('gives the values of scipy’s gaussian_filter', () => {
    const x = new Float32Array(35)
    x[1] = 1
    x[3 * 7 + 5] = 2
    const small = blurOf(x, 5, 7, 1)
    expect(small[0]).toBeCloseTo(0.1896868274, 6)
    expect(small[2 * 7 + 3]).toBeCloseTo(0.0292973967, 7)
    expect(small[4 * 7 + 6]).toBeCloseTo(0.1751876893, 6)
    const identity = Float32Array.from({ length: 256 }, (_, i) => (i % 17 === 0 ? 1 : 0))
    const wide = blurOf(identity, 16, 16, 4)
    expect(wide[0]).toBeCloseTo(0.1399639397, 6)
    expect(wide[7 * 16 + 8]).toBeCloseTo(0.0720122927, 7)
    expect(wide[15]).toBeCloseTo(0.0054388217, 8)
  })
})

describe('resize', () => {
  it('is the table’s', () => {
    for (const sample of samplesOf('resize')) {
      const { x, yIndex, yWeight, xIndex, xWeight, planes, h, w, outH, outW } = sample as Loose
      const expected = new Float32Array(planes * outH * outW)
      for (let i = 0; i < expected.length; i++) {
        const [p, y, u] = [Math.floor(i / (outH * outW)), Math.floor(i / outW) % outH, i % outW]
        const line = (yi: number) => {
          const at = (xi: number) => x[(p * h + yi) * w + xi]
          const first = at(xIndex[2 * u])
          return f32(first + f32(xWeight[u] * f32(at(xIndex[2 * u + 1]) - first)))
        }
        const top = line(yIndex[2 * y])
        expected[i] = top + f32(yWeight[y] * f32(line(yIndex[2 * y + 1]) - top))
      }
      expectSame(run('resize', sample).arrays.out, expected)
    }
  })
})

describe('reductions', () => {
  it('of channels', () => {
    for (const sample of samplesOf('reduceChannels')) {
      const { g, n, c, plane, how } = sample as Loose
      const expected = Float32Array.from({ length: n * plane }, (_, i) => {
        let s = 0
        for (let ch = 0; ch < c; ch++) {
          const v = g[(Math.floor(i / plane) * c + ch) * plane + (i % plane)]
          s = how === 0 ? f32(s + Math.abs(v)) : how === 2 ? max2(s, Math.abs(v)) : f32(s + f32(v * v))
        }
        return how === 1 ? Math.sqrt(s) : s
      })
      expectSame(run('reduceChannels', sample).arrays.out, expected)
    }
  })
  it('of lines', () => {
    for (const sample of samplesOf('absReduce')) {
      const { x, w, rows } = sample as Loose
      const expected = Float64Array.from({ length: 3 * rows }, (_, i) => {
        const line = x.subarray(Math.floor(i / 3) * w, (Math.floor(i / 3) + 1) * w)
        if (i % 3 === 0) return sum8(w, (j) => Math.abs(line[j]))
        return i % 3 === 1 ? sum8(w, (j) => line[j] * line[j]) : line.map(Math.abs).reduce(max2, 0)
      })
      expectSame(run('absReduce', sample).arrays.out, expected)
    }
  })
})

it('colors', () => {
  for (const sample of samplesOf('rgba')) {
    const { x, lo, factor, palette } = sample as Loose
    const expected = new Uint8Array(4 * x.length)
    for (let i = 0; i < x.length; i++) {
      const t = f32(f32(x[i] - f32(lo)) * f32(factor))
      const index = Number.isNaN(t) ? 0 : Math.trunc(clamp(t, 0, 255))
      expected.set(palette.subarray(4 * index, 4 * index + 4), 4 * i)
    }
    expectSame(run('rgba', sample).arrays.out, expected)
  }
})
