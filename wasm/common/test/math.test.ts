import { describe, expect, it } from 'vitest'
import { digest, sequence } from './digest.js'
import { bounds, names, worstError } from './math.js'
import { arrays, f64, probe, spec, u32, u64 } from './probe.js'

const golden = spec('math-goldens.json')
const hex = (bits: ArrayLike<number | bigint>, digits: number) =>
  Array.from(bits, (word) => word.toString(16).padStart(digits, '0'))
const bits32 = (words: string[]) => words.map((word) => Number.parseInt(word, 16))
const bits64 = (words: string[]) => words.map((word) => BigInt(`0x${word}`))

describe.each(['vectors', 'numbers'])('f32, %s', (form) => {
  it.each(names)('%s has the golden bits', (name) => {
    const inputs = bits32(golden.f32.inputs)
    const n = (inputs.length + 3) & ~3
    const [x, out] = arrays(4 * n, 4 * n)
    u32(x, n).set(inputs)
    probe[form](names.indexOf(name), x, out, n)
    expect(hex(u32(out, inputs.length), 8)).toEqual(golden.f32[name].outputs)
  })

  it.each(names)('%s has the golden bits over a stride of all inputs', (name) => {
    const count = Math.ceil(2 ** 32 / golden.stride)
    const n = (count + 3) & ~3
    const [x, out] = arrays(4 * n, 4 * n)
    const inputs = u32(x, n)
    for (let i = 0; i < n; i++) inputs[i] = i * golden.stride
    probe[form](names.indexOf(name), x, out, n)
    expect(digest(u32(out, count))).toBe(golden.f32[name].digest)
  })
})

describe('f32', () => {
  it.each(names)('%s keeps to its bound', (name) => {
    const which = names.indexOf(name)
    expect(worstError(which, 0, 1021).ulps).toBeLessThan(bounds[which])
  })
})

describe('f64', () => {
  it.each(['exp64', 'log64'])('%s has the golden bits', (name) => {
    const inputs = bits64(golden.f64.inputs)
    const [x, out] = arrays(8 * inputs.length, 8 * inputs.length)
    u64(x, inputs.length).set(inputs)
    probe.doubles(name === 'exp64' ? 0 : 1, x, out, inputs.length)
    expect(hex(u64(out, inputs.length), 16)).toEqual(golden.f64[name].outputs)
  })

  it.each(['exp64', 'log64'])('%s has the golden bits on random inputs', (name) => {
    const n = golden.f64.count
    const words = sequence(2 * n)
    const [x, out] = arrays(8 * n, 8 * n)
    for (let i = 0; i < n; i++) {
      const bits = (BigInt(words[2 * i]) << 32n) | BigInt(words[2 * i + 1])
      if (name === 'log64') u64(x, n)[i] = bits
      else f64(x, n)[i] = Number(BigInt.asIntN(64, bits)) * 2 ** -53
    }
    probe.doubles(name === 'exp64' ? 0 : 1, x, out, n)
    expect(digest(u64(out, n))).toBe(golden.f64[name].digest)
  })
})

describe('normals', () => {
  const { words, outputs, count, digest: expected } = golden.normalPair
  it('in pairs have the golden bits', () => {
    const [from, out] = arrays(4 * count, 8 * count)
    u32(from, count).set(sequence(count))
    expect(hex(u32(from, words.length), 8)).toEqual(words)
    probe.pairs(from, out, count)
    expect(hex(u64(out, outputs.length), 16)).toEqual(outputs)
    expect(digest(u64(out, count))).toBe(expected)
  })
  it('of f32 are the pairs, rounded, in the order of the words', () => {
    const [from, out] = arrays(4 * count, 4 * count)
    u32(from, count).set(sequence(count))
    probe.normals(from, out, count)
    expect(hex(u32(out, golden.normals.outputs.length), 8)).toEqual(golden.normals.outputs)
    expect(digest(u32(out, count))).toBe(golden.normals.digest)
  })
  it.each([0, 1, 2, 3, 5, 6, 7])('of f32 end after %i', (n) => {
    const [from, out] = arrays(64, 64)
    u32(from, 8).set(sequence(8))
    u32(out, 10).fill(7)
    probe.normals(from, out, n)
    expect(hex(u32(out, n), 8)).toEqual(golden.normals.outputs.slice(0, n))
    expect(u32(out, 10)[n]).toBe(7)
  })
})
