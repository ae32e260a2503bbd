import { expect, it } from 'vitest'
import { mutate } from './wire-fuzz.js'

it('four million mutations give a typed error or a correct object', () => {
  for (let seed = 2; seed < 6; seed++) {
    const { accepted, refused } = mutate(1_000_000, seed)
    expect(accepted + refused).toBe(1_000_000)
    expect(accepted).toBeGreaterThan(10_000)
  }
})
