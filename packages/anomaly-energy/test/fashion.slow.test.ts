/** Fashion-MNIST, one class normal (brief 6.2 A): AUROC of every score within 0.0005. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { kinds } from './backends.js'

const folder = '/usr/share/datasets/fashion-mnist'
const read = (name: string, header: number) => gunzipSync(readFileSync(`${folder}/${name}.gz`)).subarray(header)
const D = 784

const expected: Record<number, number[]> = {
  // FRE 90 %, FRE 97 %, NLL 97 %, PPCA 90 %, Mahalanobis, 1-NN
  0: [0.8847, 0.8619, 0.893, 0.8894, 0.8935, 0.9146],
  1: [0.9852, 0.9811, 0.982, 0.9852, 0.9846, 0.99],
  9: [0.9789, 0.9787, 0.9645, 0.9784, 0.9791, 0.9661],
}
const counts: Record<number, [number, number]> = { 0: [79, 242], 1: [36, 113], 9: [82, 228] }

describe.skipIf(!existsSync(folder)).each(kinds)('Fashion-MNIST on $label', ({ open }) => {
  it.each([0, 1, 9])('class %i', async (normal) => {
    const k = await open()
    const labels = read('train-labels-idx1-ubyte', 8)
    const pixels = read('train-images-idx3-ubyte', 16)
    const rows = [...labels.keys()].filter((i) => labels[i] === normal)
    const train = Float32Array.from(
      rows.flatMap((i) => [...pixels.subarray(i * D, (i + 1) * D)]),
      (v) => v / 255,
    )
    const test = Float32Array.from(read('t10k-images-idx3-ubyte', 16), (v) => v / 255)
    const y = Uint8Array.from(read('t10k-labels-idx1-ubyte', 8), (label) => (label === normal ? 0 : 1))
    const s90 = await k.fitSubspace(train, D, { variance: 0.9 })
    const s97 = await k.fitSubspace(train, D, { variance: 0.97 })
    expect([s90.k, s97.k]).toEqual(counts[normal])
    const gaussian = await k.fitGaussian(train, D, { ridge: 0.01 })
    const { dist } = await k.memoryBank(train, D).query(test, 1)
    const scores = [s90.fre(test), s97.fre(test), s97.nll(test), s90.ppca(test), gaussian.energy(test), dist]
    scores.forEach((score, i) => {
      const found = k.metrics.auroc(score, y)
      expect(Math.abs(found - expected[normal][i]), `score ${i}: ${found}`).toBeLessThanOrEqual(0.0005)
    })
    k.dispose()
  })
})
