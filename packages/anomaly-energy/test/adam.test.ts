/** The optimizer's closed form, through the low-level function. */
import { expect, it } from 'vitest'
import { createReference } from './reference/index.js'
import { expectClose } from './support.js'

it('the first step of Adam after clipping to norm ½ has the values of the closed form', () => {
  const { call } = createReference()
  const theta = Float32Array.of(1, 1, 1)
  const gradient = Float32Array.of(0.3, -2, 0)
  const [m, v, ema] = [new Float32Array(3), new Float32Array(3), new Float32Array(3)]
  const scale = 0.5 / Math.hypot(0.3, 2)
  const root = 1 / Math.sqrt(1 - 0.999)
  expect(call.adamEma(theta, gradient, m, v, ema, scale, 0, 0.999, 3e-4, root, 1e-8, 0.99)).toBe(0)
  expectClose(theta, [0.9997, 1.0003, 1], 1e-7)
})
