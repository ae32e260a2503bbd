/** Data that change while a fit reads them. */
import { NonFiniteError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { uniform } from './support.js'

describe.each(kinds)('data that become NaN during a fit: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())
  const rows = (n = 600) => uniform(64 * n, 3)

  it.each<[string, Float32Array | Float64Array, (f: Float32Array) => Promise<unknown>]>([
    ['fitGaussian', rows(), (f) => k.fitGaussian(f, 64, { ridge: 0.1 })],
    ['fitGaussian of f64', Float64Array.from(rows()), (f) => k.fitGaussian(f, 64)],
    ['fitSubspace', rows(), (f) => k.fitSubspace(f, 64, { variance: 0.9 })],
    ['fitSubspace, n < d', rows(60), (f) => k.fitSubspace(f, 640, { variance: 0.9 })],
    ['fitLocation', rows(), (data) => k.fitLocation({ data, shape: [150, 4, 8, 8] })],
    ['fitPatchEnergy', rows(), (data) => k.fitPatchEnergy({ data, shape: [150, 1, 16, 16] })],
    ['coreset', rows(), (f) => k.coreset(f, 64, { seed: 0 })],
  ])('%s', async (_, data, fit) => {
    // At once, or some turns later.
    for (const turns of [0, 1, 2]) {
      const own = data.slice()
      const result = fit(own as Float32Array).catch((error: unknown) => error)
      for (let i = 0; i < turns; i++) await Promise.resolve()
      own.fill(Number.NaN)
      const error = await result
      expect(error).toBeInstanceOf(NonFiniteError)
      expect(error).toHaveProperty('index', 0)
    }
  })
})
