// What C++, Rust and WebAssembly have as well has their bits.
import { describe, expect, it } from 'vitest'
import goldens from '../../../spec/common/math-goldens.json' with { type: 'json' }
import { normalPair } from '../src/random.js'
import { exp, log } from '../src/special.js'

// Cases of many shapes.
// biome-ignore lint/suspicious/noExplicitAny: as JSON.parse gives it
const golden: any = goldens

const low64 = (x: bigint) => BigInt.asUintN(64, x)
/** Murmur3's finalizer. */
function mixed(x: bigint): bigint {
  x = low64((x ^ (x >> 33n)) * 0xff51afd7ed558ccdn)
  x = low64((x ^ (x >> 33n)) * 0xc4ceb9fe1a85ec53n)
  return x ^ (x >> 33n)
}
/** As in scripts/oracles/math_reference.py. */
function digest(values: Float64Array): string {
  let sum = 0n
  const bits = new BigUint64Array(values.buffer)
  for (let i = 0; i < bits.length; i++) sum += mixed(low64(bits[i] + BigInt(i) * 0x9e3779b97f4a7c15n))
  return low64(sum).toString(16).padStart(16, '0')
}
const sequence = (n: number) => Uint32Array.from({ length: n }, (_, i) => Number(mixed(BigInt(i + 1)) >> 32n))
const fromBits = (words: string[]) => new Float64Array(BigUint64Array.from(words, (word) => BigInt(`0x${word}`)).buffer)

describe.each([
  ['exp64', exp],
  ['log64', log],
] as const)('%s', (name, f) => {
  it('has the golden bits', () => {
    // As values: which NaN it is doesn't matter here.
    expect([...fromBits(golden.f64.inputs).map(f)]).toEqual([...fromBits(golden.f64[name].outputs)])
  })
  it('has the golden bits on random inputs', () => {
    const n = golden.f64.count
    const words = sequence(2 * n)
    const bits = BigUint64Array.from({ length: n }, (_, i) => (BigInt(words[2 * i]) << 32n) | BigInt(words[2 * i + 1]))
    const inputs =
      name === 'log64'
        ? new Float64Array(bits.buffer)
        : Float64Array.from(bits, (word) => Number(BigInt.asIntN(64, word)) * 2 ** -53)
    // A NaN keeps the bits it came with; here they are those of NaN.
    const canonical = (v: number) => (Number.isNaN(v) ? Number.NaN : v)
    expect(digest(inputs.map((x) => canonical(f(x))))).toBe(golden.f64[name].digest)
  })
})

it('normalPair has the golden bits', () => {
  const { words, outputs, count, digest: expected } = golden.normalPair
  const all = sequence(count)
  const pairs = new Float64Array(count)
  for (let i = 0; i < count; i += 2) normalPair(all[i], all[i + 1], pairs.subarray(i, i + 2))
  expect([...all.subarray(0, words.length)].map((w) => w.toString(16).padStart(8, '0'))).toEqual(words)
  expect([...pairs.subarray(0, outputs.length)]).toEqual([...fromBits(outputs)])
  expect(digest(pairs)).toBe(expected)
})
