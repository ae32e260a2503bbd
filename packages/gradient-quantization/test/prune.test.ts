import type { GradientQuantizationKernel } from '@ukernels/gradient-quantization'
import { gradients, philoxWords } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, floats, sha256 } from './support.js'

const X = gradients(65536, 1)

/** One element by definition. */
function pruned(x: number, alpha: number, word: number): number {
  const epsilon = (word >>> 8) * 2 ** -24
  const a = Math.abs(x)
  if (a > alpha) return x
  if (a === 0 || a < Math.fround(alpha * epsilon)) return 0
  return x < 0 ? -alpha : alpha
}

describe.each(backends)('prune: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it('keeps, moves to ±alpha or to zero as the words say', () => {
    for (const [alpha, seed, stream, offset] of [
      [2, 7, 0, 0],
      [0.3, 2n ** 63n + 5n, 9, 2 ** 40 + 3],
    ] as const) {
      const words = philoxWords(65536, seed, { tag: 2, stream, offset })
      const rounded = Math.fround(alpha)
      const expected = X.map((x, i) => pruned(x, rounded, words[i]))
      const { data, zeros, clipped } = k.prune(X, alpha, { seed, stream, offset })
      expect(sha256(data)).toBe(sha256(expected))
      expect(zeros).toBe(expected.reduce((count, v) => count + Number(v === 0), 0))
      expect(clipped).toBe(expected.reduce((count, v, i) => count + Number(Math.abs(v) === rounded && v !== X[i]), 0))
    }
  })

  it('handles zeros, infinities and subnormals', () => {
    const x = floats(0, 0x80000000, 0x7f800000, 0xff800000, 1, 0x80000001)
    const { data, zeros } = k.prune(x, 1, { seed: 3 })
    expect(bitsOf(data).slice(0, 4)).toEqual([0, 0, 0x7f800000, 0xff800000])
    expect(zeros).toBeGreaterThanOrEqual(2)
    // alpha 0 changes nothing but −0.
    expect(bitsOf(k.prune(x, 0, { seed: 3 }).data)).toEqual([0, 0, 0x7f800000, 0xff800000, 1, 0x80000001])
    const tiny = 2 ** -149
    const both = k.prune(new Float32Array(64).fill(tiny), tiny * 2, { seed: 3 }).data
    expect([...new Set(both)].sort()).toEqual([0, tiny * 2])
  })

  it('packs two bits per element and the survivors, and unpacks them', () => {
    for (const n of [0, 1, 2, 3, 4, 5, 63, 65, 1001, 65536]) {
      const x = X.subarray(0, n)
      const { data, zeros, clipped } = k.prune(x, 2, { seed: 5, stream: 1 })
      const p = k.pruneEncode(x, 2, { seed: 5, stream: 1 })
      expect(p).toMatchObject({ kind: 'prune', n, alpha: 2, zeros, clipped })
      expect(p.classes.length).toBe(Math.ceil(n / 4))
      expect(p.values.length).toBe(n - zeros - clipped)
      expect(bitsOf(k.decode(p))).toEqual(bitsOf(data))
      const classes = Array.from(data, (_, i) => (p.classes[i >> 2] >> (2 * (i & 3))) & 3)
      expect(classes).toEqual(Array.from(data, (v, i) => (v === 0 ? 0 : Math.abs(x[i]) > 2 ? 3 : v > 0 ? 1 : 2)))
    }
  })

  it('gives the same however a tensor is cut', () => {
    const x = gradients(300_003, 2)
    const whole = k.prune(x, 3, { seed: 8 }).data
    const p = k.pruneEncode(x, 3, { seed: 8 })
    expect(sha256(k.decode(p))).toBe(sha256(whole))
    for (const at of [1, 65_537, 262_143]) {
      expect(sha256(k.prune(x.subarray(at), 3, { seed: 8, offset: at }).data)).toBe(sha256(whole.subarray(at)))
      const head = k.pruneEncode(x.subarray(0, at), 3, { seed: 8 })
      expect(sha256(head.values)).toBe(sha256(p.values.subarray(0, head.values.length)))
    }
  })

  it('accumulates what was pruned', () => {
    const p = k.pruneEncode(X, 2, { seed: 1 })
    const values = k.decode(p)
    const out = new Float32Array(65536).fill(1)
    k.decode(p, { out, accumulate: true, weight: 0.3 })
    expect(sha256(out)).toBe(sha256(values.map((v) => 1 + Math.fround(Math.fround(0.3) * v))))
  })

  it('prunes in place and writes to out', () => {
    const { data } = k.prune(X, 2, { seed: 1 })
    const y = X.slice()
    const result = k.prune(y, 2, { seed: 1, out: y })
    expect(result.data).toBe(y)
    expect(sha256(y)).toBe(sha256(data))
    const p = k.pruneEncode(X, 2, { seed: 1 })
    const out = { classes: new Uint8Array(20_000).fill(0xaa), values: new Float32Array(p.values.length + 1).fill(9) }
    const q = k.pruneEncode(X, 2, { seed: 1, out })
    expect([q.classes.buffer, q.values.buffer]).toEqual([out.classes.buffer, out.values.buffer])
    expect([sha256(q.classes), sha256(q.values)]).toEqual([sha256(p.classes), sha256(p.values)])
    expect([out.classes[16_384], out.values[p.values.length]]).toEqual([0xaa, 9])
    const roomy = new Float32Array(70_000)
    expect(sha256(k.pruneEncode(X, 2, { seed: 1, out: { values: roomy } }).values)).toBe(sha256(p.values))
  })

  it('rounds f64 to the nearest f32, and widens f16', () => {
    const wide = Float64Array.from(X, (v) => v * (1 + 2 ** -30))
    expect(sha256(k.prune(wide, 2, { seed: 4 }).data)).toBe(
      sha256(k.prune(Float32Array.from(wide), 2, { seed: 4 }).data),
    )
    expect(k.prune(Float64Array.of(1e300, -1e300), 2, { seed: 4 }).data).toEqual(Float32Array.of(Infinity, -Infinity))
    const half = Uint16Array.of(0x4200, 0xc200, 0x3c00)
    expect(k.prune(half, 2, { seed: 4, inputDtype: 'f16' })).toEqual(k.prune(Float32Array.of(3, -3, 1), 2, { seed: 4 }))
  })
})
