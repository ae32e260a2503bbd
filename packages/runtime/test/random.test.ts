import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  below,
  normalPair,
  open32,
  Philox,
  philox4x32,
  positive24,
  type Seed,
  seedWords,
  unit24,
  unit32,
} from '../src/random.js'

const hex = (words: Iterable<number>) => [...words].map((w) => w.toString(16).padStart(8, '0')).join(' ')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('Philox 4x32-10', () => {
  // Known answers of the authors' Random123 distribution.
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [Array(4).fill(0xffffffff), [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('block %j with key %j', (counter, key, expected) => {
    expect(hex(philox4x32(counter, key))).toBe(expected)
  })

  it('agrees with 64-bit arithmetic on random counters', () => {
    const block = (counter: number[], key: number[]) => {
      let [c0, c1, c2, c3] = counter.map(BigInt)
      let [k0, k1] = key.map(BigInt)
      for (let i = 0; i < 10; i++) {
        const [a, b] = [c0 * 0xd2511f53n, c2 * 0xcd9e8d57n]
        const low = (x: bigint) => x & 0xffffffffn
        ;[c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, low(b), (a >> 32n) ^ c3 ^ k1, low(a)]
        ;[k0, k1] = [low(k0 + 0x9e3779b9n), low(k1 + 0xbb67ae85n)]
      }
      return [c0, c1, c2, c3].map(Number)
    }
    const words = new Philox(99).fill(new Uint32Array(600))
    for (let i = 0; i < words.length; i += 6) {
      const counter = [...words.subarray(i, i + 4)]
      const key = [...words.subarray(i + 4, i + 6)]
      expect([...philox4x32(counter, key)]).toEqual(block(counter, key))
    }
  })

  it('gives element e word e & 3 of block e >>> 2, whatever is asked for', () => {
    const sequence = { stream: 5, tag: 0x103 }
    const random = new Philox(0x123456789abcdefn)
    const key = seedWords(0x123456789abcdefn)
    for (const offset of [0, 1, 2, 3, 2 ** 34 - 2, 2 ** 40 + 7, 2 ** 53 - 12]) {
      const filled = random.fill(new Uint32Array(11), offset, sequence)
      for (let i = 0; i < 11; i++) {
        const block = BigInt(offset + i) >> 2n
        const counter = [Number(block & 0xffffffffn), Number(block >> 32n), 5, 0x103]
        expect(filled[i]).toBe(philox4x32(counter, key)[(offset + i) % 4])
        expect(random.word(offset + i, sequence)).toBe(filled[i])
      }
    }
  })

  it('makes the generator of the goldens', () => {
    // bits = sign, exponent 119 + popcount of 16 bits, mantissa; a quarter zeros.
    const n = 65536
    const w = new Philox(1).fill(new Uint32Array(n), 0, { tag: 0xf0 })
    const v = new Philox(1).fill(new Uint32Array(n), 0, { tag: 0xf1 })
    const popcount = (x: number) => x.toString(2).replaceAll('0', '').length
    const bits = w.map((word, i) =>
      ((v[i] >>> 16) & 3) === 0 ? 0 : (v[i] & 0x80000000) | ((119 + popcount(v[i] & 0xffff)) << 23) | (word >>> 9),
    )
    expect(hex(bits.subarray(0, 5))).toBe('40b2ee0a c0b62da6 3f429b80 00000000 c0902bd6')
    expect(sha256(new Uint8Array(bits.buffer)).slice(0, 32)).toBe('409648d4d80b48bd3f01bdee3811eb5f')
  })
})

describe('seeds', () => {
  it.each([
    [0, [0, 0]],
    [2 ** 32 + 7, [7, 1]],
    [2 ** 53 - 1, [0xffffffff, 0x1fffff]],
    [2n ** 64n - 1n, [0xffffffff, 0xffffffff]],
    [123456789012345n, [2249056121, 28744]],
    [123456789012345, [2249056121, 28744]],
  ] as [Seed, number[]][])('%s is two words', (seed, words) => {
    expect(seedWords(seed)).toEqual(words)
  })
  it.each([
    [-1, '-1'],
    [2 ** 53 + 2, '9007199254740994'],
    [Number.NaN, 'NaN'],
    [0.5, '0.5'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [-1n, '-1n'],
    [2n ** 64n, '18446744073709551616n'],
  ])('%s is a RangeError that names it', (seed, name) => {
    const attempt = () => new Philox(seed)
    expect(attempt).toThrow(RangeError)
    expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_UKERNELS_RANGE' }))
    expect(attempt).toThrow(new RegExp(`^seed must be .*, got ${name}$`))
  })
  it.each([undefined, null, '7', {}])('%s is a TypeError', (seed) => {
    const attempt = () => seedWords(seed as never, 'envSeed')
    expect(attempt).toThrow(TypeError)
    expect(attempt).toThrow(/^envSeed must be a number or a bigint, got /)
  })
  it.each([-1, 0.5, 2 ** 53])('element %s is a RangeError', (element) => {
    expect(() => new Philox(1).word(element)).toThrow(RangeError)
    expect(() => new Philox(1).fill(new Uint32Array(1), element)).toThrow(RangeError)
  })
})

describe('draws', () => {
  it('keep to their intervals', () => {
    const last = 0xffffffff
    expect([unit24(0), unit24(255), unit24(256), unit24(last)]).toEqual([0, 0, 2 ** -24, 1 - 2 ** -24])
    expect([positive24(0), positive24(last)]).toEqual([2 ** -24, 1])
    expect([unit32(0), unit32(last)]).toEqual([0, 1 - 2 ** -32])
    expect([open32(0), open32(last)]).toEqual([2 ** -33, 1 - 2 ** -33])
    for (const draw of [unit24, positive24]) expect(Math.fround(draw(0x89abcdef))).toBe(draw(0x89abcdef))
  })
  it('below is the high word of the 64-bit product', () => {
    for (const w of [0, 1, 0x7fffffff, 0x80000000, 0x89abcdef, 0xffffffff])
      for (const n of [1, 2, 3, 10, 65537, 0x7fffffff, 0xffffffff])
        expect(below(w, n)).toBe(Number((BigInt(w) * BigInt(n)) >> 32n))
  })
})

describe('normalPair', () => {
  // mpmath, 300 bits, rounded to f64.
  it.each([
    [0, 0, 6.763705635001895, 4.947373628142719e-9],
    [1, 1, 6.599279456093686, 1.4481307839683702e-8],
    [0x12345678, 0x1fffffff, 1.6258879679036469, 1.625887965525106],
    [0x5a827999, 0x20000000, 1.019666989580558, 1.0196669910722473],
    [0x7fffffff, 0x5fffffff, -0.8325546106885472, 0.8325546119065064],
    [0xb504f333, 0x9abcdef0, -0.6596244084610843, -0.5079791537413813],
    [0xfffffffe, 0xe0000000, 0.000018688123663244234, -0.00001868812363590504],
    [0xffffffff, 0xffffffff, 0.00001525878906294409, -1.1161179193952456e-14],
  ])('of %i, %i within 4 ulp', (w, v, cosine, sine) => {
    const [c, s] = normalPair(w, v)
    expect(Math.abs(c / cosine - 1)).toBeLessThan(2 ** -50)
    expect(Math.abs(s / sine - 1)).toBeLessThan(2 ** -50)
  })

  it('has the same bits everywhere', () => {
    const words = new Philox(2021).fill(new Uint32Array(65536))
    const pairs = new Float64Array(65536)
    for (let i = 0; i < words.length; i += 2) normalPair(words[i], words[i + 1], pairs.subarray(i, i + 2))
    expect(sha256(new Uint8Array(pairs.buffer))).toBe(
      'c8ee7f73d5a39d449f45550e5fa05498964cdc1ccab419851e71958147f22268',
    )
  })

  it('follows the system functions, and is the same point under a half turn', () => {
    const words = new Philox(3).fill(new Uint32Array(20000))
    let worst = 0
    for (let i = 0; i < words.length; i += 2) {
      const [w, v] = [words[i], words[i + 1]]
      const r = Math.sqrt(-2 * Math.log(open32(w)))
      const [c, s] = normalPair(w, v)
      const [oppositeC, oppositeS] = normalPair(w, (v + 2 ** 31) >>> 0)
      worst = Math.max(
        worst,
        Math.abs(c - r * Math.cos(2 * Math.PI * open32(v))),
        Math.abs(s - r * Math.sin(2 * Math.PI * open32(v))),
        oppositeC === -c && oppositeS === -s ? 0 : 1,
      )
    }
    expect(worst).toBeLessThan(1e-14)
  })

  it('has the moments of a standard normal', () => {
    const n = 2 ** 18
    const words = new Philox(7).fill(new Uint32Array(n))
    const sums = [0, 0, 0, 0]
    for (let i = 0; i < n; i += 2)
      for (const x of normalPair(words[i], words[i + 1]))
        for (let k = 0; k < 4; k++)
          sums[k] += x ** (k + 1) / n
          // Four standard errors: the variance of x^k is E[x^2k] − E[x^k]².
    ;[
      [0, 1],
      [1, 2],
      [0, 15],
      [3, 96],
    ].forEach(([mean, variance], k) => {
      expect(Math.abs(sums[k] - mean)).toBeLessThan(4 * Math.sqrt(variance / n))
    })
  })
})
