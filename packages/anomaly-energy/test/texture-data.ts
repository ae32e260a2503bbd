/** Crops of the texture protocol, drawn by NumPy, and what the tests do with them. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AnomalyEnergyKernel, Batch } from '@ukernels/anomaly-energy'
import { runOracle } from '@ukernels/test-kit/oracles'
import { expect } from 'vitest'

const root = join(fileURLToPath(import.meta.url), '../../../..')
export const { files, reason } = runOracle(root, 'textures.py', ['numpy', 'scipy', 'skimage'])

export interface Data {
  left: Batch
  /** Crops of it. */
  train: Batch
  crops: Batch
  masks: Uint8Array
  labels: Uint8Array
}
const floats = (name: string) =>
  new Float32Array((files as NonNullable<typeof files>).bytes(name).buffer as ArrayBuffer)

export function dataOf(name: string): Data {
  return {
    left: { data: floats(`${name}.left.f32`), shape: [1, 1, 512, 256] },
    train: { data: floats(`${name}.train.f32`), shape: [400, 1, 64, 64] },
    crops: { data: floats(`${name}.crops.f32`), shape: [180, 1, 64, 64] },
    masks: (files as NonNullable<typeof files>).bytes(`${name}.masks.u8`),
    labels: Uint8Array.from({ length: 180 }, (_, i) => (i < 60 ? 0 : 1)),
  }
}

/** All windows of p × p pixels of images of one channel, `stride` apart, as rows. */
export function patchRows({ data, shape: [n, , h, w] }: Batch, p: number, stride: number): Float32Array {
  const rows: Float32Array[] = []
  for (let i = 0; i < n; i++) {
    for (let y = 0; y + p <= h; y += stride) {
      for (let x = 0; x + p <= w; x += stride) {
        const row = new Float32Array(p * p)
        for (let a = 0; a < p; a++) {
          const at = (i * h + y + a) * w + x
          row.set(data.subarray(at, at + p), a * p)
        }
        rows.push(row)
      }
    }
  }
  const all = new Float32Array(rows.length * p * p)
  rows.forEach((row, r) => {
    all.set(row, r * p * p)
  })
  return all
}

/** The average of what the patches that hold a pixel have. */
export function overlapAverage(values: Float32Array, side: number, p: number): Float32Array {
  const [sum, count] = [new Float64Array(side * side), new Float64Array(side * side)]
  const places = side - p + 1
  values.forEach((value, k) => {
    for (let a = 0; a < p * p; a++) {
      const at = (Math.floor(k / places) + Math.floor(a / p)) * side + (k % places) + (a % p)
      sum[at] += value
      count[at]++
    }
  })
  return Float32Array.from(sum, (v, i) => v / count[i])
}

/** Image i of crops. */
export const imageAt = ({ data }: Batch, i: number): Batch => ({
  data: data.subarray(4096 * i, 4096 * i + 4096),
  shape: [1, 1, 64, 64],
})

/** Image AUROC of the largest value, pixel AUROC and AUPRO of a map. */
export async function measure(
  k: AnomalyEnergyKernel,
  map: Batch,
  { masks, labels }: Pick<Data, 'masks' | 'labels'>,
): Promise<number[]> {
  const peaks = Float32Array.from({ length: 180 }, (_, i) => Math.max(...map.data.subarray(4096 * i, 4096 * i + 4096)))
  const { value } = await k.metrics.aupro(map, masks)
  return [k.metrics.auroc(peaks, labels), await k.metrics.pixelAuroc(map, masks), value]
}

/** Every figure within a tolerance. */
export const within = (found: readonly number[], expected: readonly number[], tolerance = 0.002) =>
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `${value} instead of ${expected[i]}`).toBeLessThanOrEqual(tolerance)
  })
