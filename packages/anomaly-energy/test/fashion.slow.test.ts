/** Fashion-MNIST, one class normal: AUROC of every score within 0.0005. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { kinds } from './backends.js'

const folder = '/usr/share/datasets/fashion-mnist'
const read = (name: string, header: number) => gunzipSync(readFileSync(`${folder}/${name}.gz`)).subarray(header)
const D = 784

const rows: [normal: number, k90: number, k97: number, ...aurocs: number[]][] = [
  // FRE 90 %, FRE 97 %, NLL 97 %, PPCA 90 %, Mahalanobis, 1-NN
  [0, 79, 242, 0.8847, 0.8619, 0.893, 0.8894, 0.8935, 0.9146],
  [1, 36, 113, 0.9852, 0.9811, 0.982, 0.9852, 0.9846, 0.99],
  [2, 51, 185, 0.879, 0.87, 0.8831, 0.8805, 0.8831, 0.8931],
  [4, 61, 199, 0.8761, 0.8589, 0.8766, 0.878, 0.8796, 0.9089],
  [6, 77, 260, 0.7954, 0.7525, 0.8219, 0.8022, 0.7995, 0.8304],
  [7, 79, 184, 0.9866, 0.9858, 0.9751, 0.9867, 0.9875, 0.9868],
  [9, 82, 228, 0.9789, 0.9787, 0.9645, 0.9784, 0.9791, 0.9661],
]

/** Pixels / 255 of the training images of a class. */
function imagesOf(normal: number): Float32Array {
  const labels = read('train-labels-idx1-ubyte', 8)
  const pixels = read('train-images-idx3-ubyte', 16)
  const chosen = [...labels.keys()].filter((i) => labels[i] === normal)
  const images = new Float32Array(chosen.length * D)
  chosen.forEach((i, at) => {
    images.set(
      Float32Array.from(pixels.subarray(i * D, (i + 1) * D), (v) => v / 255),
      at * D,
    )
  })
  return images
}

describe.skipIf(!existsSync(folder)).each(kinds)('Fashion-MNIST on $label', ({ open }) => {
  it.each(rows)('class %i', async (normal, k90, k97, ...aurocs) => {
    const k = await open()
    const train = imagesOf(normal)
    const test = Float32Array.from(read('t10k-images-idx3-ubyte', 16), (v) => v / 255)
    const y = Uint8Array.from(read('t10k-labels-idx1-ubyte', 8), (label) => (label === normal ? 0 : 1))
    const s90 = await k.fitSubspace(train, D, { variance: 0.9 })
    const s97 = await k.fitSubspace(train, D, { variance: 0.97 })
    expect([s90.k, s97.k]).toEqual([k90, k97])
    const gaussian = await k.fitGaussian(train, D, { ridge: 0.01 })
    const { dist } = await k.memoryBank(train, D).query(test, 1)
    const scores = [s90.fre(test), s97.fre(test), s97.nll(test), s90.ppca(test), gaussian.energy(test), dist]
    const found = scores.map((score) => k.metrics.auroc(score, y))
    console.log(`class ${normal}:`, found.map((value) => value.toFixed(4)).join(' '))
    found.forEach((value, i) => {
      expect(Math.abs(value - aurocs[i]), `score ${i}: ${value}`).toBeLessThanOrEqual(0.0005)
    })
    k.dispose()
  })
})
