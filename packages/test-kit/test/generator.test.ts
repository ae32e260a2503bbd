import { gradients, philox4x32, quickSet, sha256 } from '@ukernels/test-kit'
import { describe, expect, it } from 'vitest'

const hex = (words: Iterable<number>) => [...words].map((w) => w.toString(16).padStart(8, '0')).join(' ')
const bitsOf = (x: Float32Array) => new Uint32Array(x.buffer)

describe('philox4x32', () => {
  it('gives the known answers of Random123', () => {
    expect(hex(philox4x32([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
    const ones = 0xffffffff
    expect(hex(philox4x32([ones, ones, ones, ones], [ones, ones]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd')
    const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]
    expect(hex(philox4x32(pi, [0xa4093822, 0x299f31d0]))).toBe('d16cfe09 94fdcceb 5001e420 24126ea1')
  })
})

describe('generator', () => {
  it('makes X and X5', () => {
    const x = gradients(65536, 1)
    expect(hex(bitsOf(x).subarray(0, 5))).toBe('40b2ee0a c0b62da6 3f429b80 00000000 c0902bd6')
    expect(sha256(x, 32)).toBe('409648d4d80b48bd3f01bdee3811eb5f')
    expect(sha256(gradients(65536, 1, -5), 32)).toBe('ee992f24e0b26a60062b63c971e0c9e5')
  })

  it('makes the quick set', () => {
    const bits = bitsOf(quickSet())
    expect(bits.length).toBe(393_216)
    expect(hex(bits.subarray(6, 12))).toBe('00010000 00010001 00017fff 00018000 00018001 0001ffff')
    expect(bits.at(-1)).toBe(0xffffffff)
  })
})
