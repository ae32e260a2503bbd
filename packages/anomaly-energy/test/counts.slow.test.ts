/** Metrics over more pixels than f32 can count: sums stop at 2^24 there. */
import type { Batch } from '@ukernels/anomaly-energy'
import { expect, it } from 'vitest'
import { kinds } from './backends.js'

const SIDE = 4608
const PIXELS = SIDE * SIDE

it.each(kinds)('21 million pixels are counted one by one: $label', async ({ open }) => {
  const k = await open()
  const masks = new Uint8Array(PIXELS)
  masks.fill(1, 0, 5)
  const data = new Float32Array(PIXELS)
  data.fill(1, 0, 5)
  // Good pixels above the anomalous ones, an odd number beyond 2^23.
  const above = 2 ** 23 + 1
  data.fill(2, PIXELS - above)
  const maps: Batch = { data, shape: [1, 1, SIDE, SIDE] }
  const negatives = PIXELS - 5
  expect(PIXELS).toBeGreaterThan(2 ** 24)
  expect(await k.metrics.pixelAuroc(maps, masks)).toBe((negatives - above) / negatives)
  expect(await k.metrics.pixelAveragePrecision(maps, masks)).toBe(5 / (above + 5))
  const { fpr, pro } = await k.metrics.proCurve(maps, masks)
  expect([...fpr]).toEqual([above / negatives, above / negatives, 1])
  expect([...pro]).toEqual([0, 1, 1])
  data.fill(4)
  expect((await k.metrics.aupro(maps, masks)).value).toBeCloseTo(0.15, 12)
  expect(k.metrics.components(masks.fill(1), SIDE, SIDE).count).toBe(1)
  k.dispose()
})
