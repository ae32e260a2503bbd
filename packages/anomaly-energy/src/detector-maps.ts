/** Maps of the energies of pixels, and what some of them know of good images. */
import { allocate, KernelError, log } from '@ukernels/runtime'
import type { Batch } from './batch.js'
import type { ConvEnergy } from './conv.js'
import { refusingOverflow } from './detector-checks.js'
import type { DetectorSettings, MapKind } from './detector-options.js'
import type { AnomalyEnergyKernel } from './kernel.js'
import type { BaseModel } from './model.js'
import { PatchEnergy } from './patch.js'

/**
 * What calibration learned of good images; empty where it learned nothing.
 * - `'descent'`: [energy per pixel that the rate `fpr` of them passes]; descents stop there.
 * - `'two-sided'`: [mean, standard deviation] of their blurred maps.
 */
export type Usual = Float64Array

/** How many numbers a map wants to know. */
export const usualLength = (map: MapKind): number => ({ gradient: 0, energy: 0, descent: 1, 'two-sided': 2 })[map]

/** Map of one image, not blurred, of its size: |∂E/∂x|, its logarithm, local energies, or what a descent changes. */
export function energyMap(
  kernel: AnomalyEnergyKernel,
  model: PatchEnergy | ConvEnergy,
  { map, border }: DetectorSettings,
  image: Batch,
  usual: Usual,
): Batch {
  const [, , h, w] = image.shape
  if (map === 'energy') {
    const local = model instanceof PatchEnergy ? model.energyMap(image) : model.localEnergy(image)
    return kernel.resizeBilinear(local, h, w)
  }
  const descent = () => model.descentMap(image, usual.length > 0 ? { threshold: usual[0] * h * w } : {})
  const reduced = kernel.reduceChannels(map === 'descent' ? descent() : gradientOf(model, image), 'l1')
  if (map === 'two-sided') logarithms(reduced.data)
  else clearBorder(reduced, model, border)
  return reduced
}

function gradientOf(model: PatchEnergy | ConvEnergy, image: Batch): Batch {
  if (model instanceof PatchEnergy) return model.gradient(image)
  const data = allocate(Float32Array, image.data.length)
  model.energyAndGradient(image, { out: { gradient: data } })
  return { data, shape: image.shape }
}

/** Keeps log 0 away. */
const FLOOR = 1e-3

/** v → log(v + 10⁻³), in place. */
function logarithms(map: Float32Array): void {
  for (let u = 0; u < map.length; u++) map[u] = log(map[u] + FLOOR)
}

/** Border `'crop'`: 0 where fewer patches vote. */
function clearBorder({ data, shape: [, , h, w] }: Batch, model: BaseModel, border: 'keep' | 'crop'): void {
  if (border === 'keep' || !(model instanceof PatchEnergy)) return
  const width = model.patch - 1
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) if (y < width || x < width || y >= h - width || x >= w - width) data[y * w + x] = 0
}

/** A blurred map as it is shown: two-sided ones as |v − mean| / deviation, in place. */
export function finishMap(model: BaseModel, { map: kind, border }: DetectorSettings, map: Batch, usual: Usual): void {
  if (kind !== 'two-sided') return
  const [mean, deviation] = usual
  const { data } = map
  if (usual.length === 0)
    throw new KernelError('ERR_UKERNELS_NOT_FITTED', "map 'two-sided' compares with good images: calibrate first")
  for (let u = 0; u < data.length; u++) data[u] = Math.abs(data[u] - mean) / deviation
  clearBorder(map, model, border)
}

/**
 * Energy per pixel, by which images of several sizes compare, that at most the rate `fpr` of good images or tiles passes.
 *
 * @param fpr - by the number of images
 */
export function usualEnergy(
  kernel: AnomalyEnergyKernel,
  { model }: { model: BaseModel },
  parts: readonly Batch[],
  fpr: (n: number) => number,
): Usual {
  const energies = Float32Array.from(parts, (image) => {
    const [, , h, w] = image.shape
    const energy = () => ({ score: (model as PatchEnergy | ConvEnergy).energy(image)[0] / (h * w), map: image })
    return refusingOverflow('images', image, energy).score
  })
  const threshold = kernel.calibrate(energies).threshold(fpr(parts.length))
  if (threshold === -Infinity) return new Float64Array(0)
  // A few units in the last place more: the energy of the image that it comes from was rounded.
  return Float64Array.of(threshold + Math.abs(threshold) * 2 ** -21)
}

/** Pixels at the border that count for no mean: a patch's reach. */
const TRIM = 6

/** Mean and standard deviation of the pixels of maps, without their borders where the maps are larger than these. */
export function levelOf(maps: Iterable<Batch>): Usual {
  let [count, sum, squares] = [0, 0, 0]
  for (const { data, shape } of maps) {
    const [, , h, w] = shape
    const [top, left] = [h, w].map((side) => (side > 2 * TRIM ? TRIM : 0))
    for (let y = top; y < h - top; y++) {
      for (const v of data.subarray(y * w + left, (y + 1) * w - left)) {
        count++
        sum += v
        squares += v * v
      }
    }
  }
  const mean = sum / count
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean))
  // Where all are equal, distances are those of the logarithms.
  return Float64Array.of(mean, deviation > 0 ? deviation : 1)
}
