import { owned } from '@ukernels/runtime'
import { describe, expect, it } from 'vitest'

describe('owned', () => {
  it('copies an array, so that the original may change', () => {
    const original = Float32Array.of(1, 2, 3)
    const copy = owned(original)
    original.fill(0)
    expect(copy).toEqual(Float32Array.of(1, 2, 3))
  })

  it('copies the part that a view shows', () => {
    const copy = owned(Float64Array.of(1, 2, 3, 4).subarray(1, 3))
    expect([...copy]).toEqual([2, 3])
    expect(copy.buffer.byteLength).toBe(16)
  })

  it('leaves what is no array, or is one no longer, to the checks', () => {
    const plain = [1, 2]
    expect(owned(plain)).toBe(plain)
    expect(owned(undefined)).toBeUndefined()
    const gone = Float32Array.of(1, 2)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    expect(owned(gone)).toBe(gone)
  })

  if (typeof SharedArrayBuffer === 'function')
    it('uses shared memory as it is', () => {
      const shared = new Float32Array(new SharedArrayBuffer(8))
      expect(owned(shared)).toBe(shared)
    })

  if (typeof Buffer === 'function')
    it("copies a Buffer, whose own slice doesn't", () => {
      const bytes = Buffer.from([1, 2, 3])
      const copy = owned(bytes)
      bytes.fill(0)
      expect([...copy]).toEqual([1, 2, 3])
    })
})
