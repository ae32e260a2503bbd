/** Mutated model files: whatever they hold, reading gives a model or a FormatError, and never allocates by a forged length. */
import { AnomalyDetector, type AnomalyEnergyKernel } from '@ukernels/anomaly-energy'
import { crc32, FormatError } from '@ukernels/runtime'
import { hex } from '@ukernels/test-kit/bytes'
import { randomParameters } from './patch-reference.js'
import { batchOf, images, uniform } from './support.js'

/** One small file of every kind. */
export async function sampleFiles(k: AnomalyEnergyKernel): Promise<Uint8Array[]> {
  const f = uniform(60, 1)
  const layers = [{ out: 1, kernel: 3, stride: 1, pad: 1, act: 'none' }] as const
  const detector = await AnomalyDetector.fit(k, images([8, 1, 8, 8], 2), { seed: 0, patch: { patch: 3 } })
  return [
    (await k.fitGaussian(f, 3, { ridge: 0.1 })).toBytes(),
    (await k.fitSubspace(f, 3, { k: 2 })).toBytes(),
    (await k.fitLocation(batchOf([5, 3, 2, 2], f))).toBytes(),
    k.locationGaussianFrom({ shape: [1, 2, 1], mean: f.subarray(0, 2), precision: Float64Array.of(1, 3) }).toBytes(),
    k.memoryBank(f, 3).toBytes(),
    (await k.fitPatchEnergy(images([2, 1, 9, 9], 1), { patch: 3 })).toBytes(),
    k.patchEnergyFrom(randomParameters(3, 1, 4)).toBytes(),
    k.createConvEnergy(layers, { channels: 1, seed: 0 }).toBytes(),
    detector.toBytes(),
  ]
}

const INTERESTING = [0, 1, 2, 9, 0x22, 0x2c, 0x2d, 0x30, 0x39, 0x5b, 0x7b, 0x7d, 0x80, 255]

function mutated(bytes: Uint8Array, below: (n: number) => number): Uint8Array {
  let result = bytes.slice()
  for (let changes = 1 + below(4); changes > 0 && result.length > 0; changes--) {
    const at = below(3) ? below(Math.min(400, result.length)) : below(result.length)
    switch (below(6)) {
      case 0:
        result[at] ^= 1 << below(8)
        break
      case 1:
        result[at] = INTERESTING[below(INTERESTING.length)]
        break
      case 2:
        // A digit of the header: shapes, offsets, settings.
        result[at] = 0x30 + below(10)
        break
      case 3:
        result = result.slice(0, at)
        break
      case 4:
        if (result.length >= 12) new DataView(result.buffer).setUint32(8, below(2) ? below(1000) : below(2 ** 32), true)
        break
      default: {
        const longer = new Uint8Array(result.length + 1 + below(64))
        longer.set(result)
        result = longer
      }
    }
  }
  return result
}

/** Mostly makes the checksum fit again: else nothing gets past it. */
function repair(bytes: Uint8Array, below: (n: number) => number): void {
  if (bytes.length < 16 || below(10) === 0) return
  const view = new DataView(bytes.buffer)
  view.setUint32(12, 0, true)
  view.setUint32(12, crc32(bytes), true)
}

/** @returns how many were accepted and refused; throws on anything else, showing the bytes */
export function mutate(
  k: AnomalyEnergyKernel,
  files: readonly Uint8Array[],
  count: number,
  seed: number,
): { accepted: number; refused: number } {
  const random = uniform(count * 64, seed)
  let at = 0
  const below = (n: number) => Math.floor(random[at++ % random.length] * n)
  const result = { accepted: 0, refused: 0 }
  for (let i = 0; i < count; i++) {
    const bytes = mutated(files[i % files.length], below)
    repair(bytes, below)
    try {
      if (i % files.length === files.length - 1) AnomalyDetector.fromBytes(k, bytes)
      else k.fromBytes(bytes)
      result.accepted++
    } catch (error) {
      const code = (error as { code?: string }).code
      if (!(error instanceof FormatError && ['ERR_UKERNELS_CORRUPT', 'ERR_UKERNELS_VERSION'].includes(code as string)))
        throw new Error(`mutation ${i}: ${hex(bytes)}`, { cause: error })
      result.refused++
    }
  }
  return result
}
