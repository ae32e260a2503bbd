import { createHash } from 'node:crypto'
import { sha256 } from '@ukernels/test-kit'
import { describe, expect, it } from 'vitest'

describe('sha256', () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003])('agrees with node:crypto on %i bytes', (n) => {
    const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 167 + (i >> 8)) & 255)
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('takes the bytes of any view, and cuts', () => {
    const memory = Uint8Array.from({ length: 32 }, (_, i) => i).buffer
    const view = new Float32Array(memory, 4, 5)
    const expected = createHash('sha256')
      .update(new Uint8Array(memory, 4, 20))
      .digest('hex')
    expect(sha256(view, 16)).toBe(expected.slice(0, 16))
  })
})
