/** Which images of a fit calibrate: a sample of the whole stream, each image at most once. */
import { expect, it } from 'vitest'
import { scoresFor } from '../dist/calibrate.js'
import { imagesFor, keptOf, splitImages } from '../dist/split.js'
import { batchOf } from './support.js'

/** The numbers of the images on either side, for images that are their numbers. */
async function split(n: number, share: number, seed: string) {
  const kept: { data: Float32Array }[] = []
  const stream = Array.from({ length: n }, (_, i) => batchOf([1, 1, 1, 1], [i]))
  const fitted: number[] = []
  for await (const { data } of splitImages(stream as never, share, seed, kept as never)) fitted.push(data[0])
  return { fitted, kept: kept.map(({ data }) => data[0]) }
}

it.each([0.05, 0.2, 0.3, 0.5, 0.9])('every image is fitted or calibrates, share %f', async (share) => {
  for (let n = 2; n < 60; n++) {
    const { fitted, kept } = await split(n, share, '7')
    expect(kept.length).toBe(Math.min(n - 1, Math.max(1, Math.round(share * n))))
    expect([...fitted, ...kept].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
  }
})

it('each image of a group is as likely to calibrate', async () => {
  const counts = new Uint32Array(12)
  for (let seed = 0; seed < 2000; seed++) for (const i of (await split(13, 0.2, String(seed))).kept) counts[i]++
  // Groups of 0.2: images 0 and 1, 2 to 7, 8 to 12. Five standard deviations: 5 · √(2000 · p · (1 − p)).
  for (const [begin, end] of [
    [0, 2],
    [2, 8],
  ]) {
    const p = 1 / (end - begin)
    for (let i = begin; i < end; i++)
      expect(Math.abs(counts[i] - 2000 * p)).toBeLessThan(5 * Math.sqrt(2000 * p * (1 - p)))
  }
})

it('512 calibrate at most, from the whole of a long stream', async () => {
  const { fitted, kept } = await split(6000, 0.5, '3')
  expect(kept.length).toBe(512)
  expect(new Set([...fitted, ...kept]).size).toBe(6000)
  // The mean of 512 of 6000 is 2999.5 ± 76.5.
  expect(Math.abs(kept.reduce((a, b) => a + b, 0) / 512 - 2999.5)).toBeLessThan(5 * 76.5)
})

it('says the fewest images that a rate takes', () => {
  for (const share of [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99]) {
    for (const fpr of [0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.002]) {
      const n = imagesFor(fpr, share) as number
      expect(keptOf(n, share), `${n} at ${share}`).toBeGreaterThanOrEqual(scoresFor(fpr))
      expect(keptOf(n - 1, share), `${n - 1} at ${share}`).toBeLessThan(scoresFor(fpr))
    }
    expect(imagesFor(0.001, share)).toBeUndefined()
    expect([scoresFor(0.05, 0.5), scoresFor(0.05, 0.9), scoresFor(0.05, 0)]).toEqual([39, 22, 19])
  }
})
