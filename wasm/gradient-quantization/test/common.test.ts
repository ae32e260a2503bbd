// What wasm/common holds, and packing, on their own through the probe build.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const bytes = readFileSync(new URL('../build/probe.wasm', import.meta.url))
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort: () => undefined } })
const probe = exports as unknown as Record<string, (...args: number[]) => number>
const memory = exports.memory as WebAssembly.Memory
memory.grow(4)
const base = ((exports.__heap_base as WebAssembly.Global).value + 63) & ~63
const u32 = (at: number, n: number) => new Uint32Array(memory.buffer, at, n)
const u8 = (at: number, n: number) => new Uint8Array(memory.buffer, at, n)

/** Four lanes at `index` of the free memory. */
function lanes(index: number, ...values: number[]): number {
  new Int32Array(memory.buffer, base + 64 * index, 4).set(values)
  return base + 64 * index
}

/** One block, straight from the definition. */
function philox(counter: bigint[], key: bigint[]): number[] {
  const low = (v: bigint) => v & 0xffffffffn
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * c0
    const b = 0xcd9e8d57n * c2
    ;[c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, low(b), (a >> 32n) ^ c3 ^ k1, low(a)]
    k0 = low(k0 + 0x9e3779b9n)
    k1 = low(k1 + 0xbb67ae85n)
  }
  return [c0, c1, c2, c3].map(Number)
}

describe('philox', () => {
  it.each([0n, 8n, 0xfffffff8n, 0xffffffff0n, 0xfffffffffffffff8n])('fills groups of blocks from %d on', (block) => {
    const groupWords = (exports.groupWords as WebAssembly.Global).value
    const groups = 5
    const [lo, hi] = [Number(block & 0xffffffffn), Number(block >> 32n)]
    probe.groups(base, groups, 7, 0xdeadbeef, lo, hi, 11, 0x301)
    const expected: number[] = []
    for (let i = 0n; expected.length < groups * groupWords; i++) {
      const index = (block + i) & 0xffffffffffffffffn
      expected.push(...philox([index & 0xffffffffn, index >> 32n, 11n, 0x301n], [7n, 0xdeadbeefn]))
    }
    expect([...u32(base, groups * groupWords)]).toEqual(expected)
  })
})

describe('lanes', () => {
  it('sums and finds extremes', () => {
    const v = lanes(0, 5, -7, 2 ** 31 - 1, 3)
    expect(probe.sumLanes(v)).toBe((5 - 7 + (2 ** 31 - 1) + 3) | 0)
    expect(probe.maxLane(v)).toBe(2 ** 31 - 1)
    expect(probe.minLane(v) >>> 0).toBe(3)
    expect(probe.minLane(lanes(0, -1, -1, -1, -1)) >>> 0).toBe(0xffffffff)
    expect(probe.maxLane(lanes(0, -9, -4, -8, -5))).toBe(-4)
  })
  it('makes one NaN of all, clears signs, selects', () => {
    const v = lanes(0, 0x7f800001, 0xffc12345, 0x80000000, 0xff800000)
    probe.lanes(v, lanes(1, -1, 0, -1, 0), lanes(2, 1, 2, 3, 4), base + 512)
    expect([...u32(base + 512, 4)]).toEqual([0x7fc00000, 0x7fc00000, 0x80000000, 0xff800000])
    expect([...u32(base + 528, 4)]).toEqual([0x7f800001, 0x7fc12345, 0, 0x7f800000])
    expect([...u32(base + 544, 4)]).toEqual([0x7f800001, 2, 0x80000000, 4])
  })
  it('gives every power of two', () => {
    for (let k = -160; k <= 140; k++) expect(probe.power(k)).toBe(Math.fround(2 ** k))
  })
})

describe('pack', () => {
  it.each([2, 3, 4, 5, 6, 7])('codes of %d bits, and back, without touching a byte more', (width) => {
    for (const n of [...Array(67).keys(), 1000]) {
      const codes = Uint8Array.from({ length: n }, (_, i) => (i * 37 + (i >> 3)) & ((1 << width) - 1))
      const length = (n * width + 7) >> 3
      const [from, to, back] = [base, base + 2048, base + 4096]
      u8(base, 8192).fill(0)
      u8(from, n).set(codes)
      u8(to + length, 32).fill(0xa5)
      probe.pack(from, n, width, to)
      const expected = new Uint8Array(length + 32).fill(0xa5, length)
      codes.forEach((code, i) => {
        for (let bit = 0; bit < width; bit++)
          expected[(i * width + bit) >> 3] |= ((code >> bit) & 1) << ((i * width + bit) & 7)
      })
      expect([n, ...u8(to, length + 32)]).toEqual([n, ...expected])
      probe.unpack(to, n, width, back)
      expect([n, ...u8(back, n)]).toEqual([n, ...codes])
    }
  })
})
