// What the peers and the kernel are given: raw f32, f64 and u8 files that all of them read, made without any peer.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultLayers, load } from '@ukernels/anomaly-energy'
import { uniform } from '../../dist/harness/data.js'

/**
 * How far results may be from the reference, relative to its largest magnitude: [the peers, the kernel]. The peers
 * compute in f32 too, mostly; the reference is in f64 where f32 isn't enough.
 */
const bounds = {
  'free energy of 10 logits': [1e-5, 1e-5],
  'PatchEnergy gradient, 1920 × 1080': [2e-3, 2e-5],
  'PatchEnergy gradient, 64 × 64': [1e-3, 2e-5],
  'PatchEnergy energy map, 64 × 64': [1e-3, 1e-4],
  'PatchEnergy fit, 512 × 256': [1e-6, 1e-6],
  'PaDiM, 784 locations × 100': [1e-3, 1e-4],
  'Mahalanobis, 784 × 336': [1e-3, 1e-4],
  'nearest neighbor, 784 in 10,000 × 384': [1e-3, 1e-4],
  'k-center, 16 of 157,000 × 295': [1e-4, 1e-4],
  'ConvEnergy gradient, 64 × 64': [1e-4, 1e-4],
  'ConvEnergy gradient, 32 of 32 × 32': [1e-4, 1e-4],
  'blur σ 4': [1e-5, 1e-5],
  'pixel AUROC, 737,280': [1e-12, 1e-12],
  'regions, 1920 × 1080': [0, 0],
  'FRE, 6000 × 784': [1e-3, 1e-3],
}

/** Rows around some centers, as features of patches lie. */
function clustered(n, d, seed) {
  const clusters = 64
  const centers = uniform(clusters * d, seed)
  const rows = uniform(n * d, seed + 1)
  for (let i = 0; i < n; i++) {
    const center = ((i * 7919) % clusters) * d
    for (let j = 0; j < d; j++) rows[i * d + j] = centers[center + j] + 0.5 * (rows[i * d + j] - 0.5)
  }
  return rows
}

/** Rows in a 24-dimensional plane plus noise; those of `labels` leave the plane. */
function planar(n, d, seed, labels) {
  const rank = 24
  const basis = uniform(rank * d, 3)
  const weights = uniform(n * rank, seed)
  const rows = uniform(n * d, seed + 1)
  for (let i = 0; i < n; i++) {
    const noise = labels?.[i] ? 0.45 : 0.2
    for (let j = 0; j < d; j++) {
      let sum = noise * (rows[i * d + j] - 0.5)
      for (let k = 0; k < rank; k++) sum += (weights[i * rank + k] - 0.5) * (basis[k * d + j] - 0.5)
      rows[i * d + j] = 0.5 + 0.5 * sum
    }
  }
  return rows
}

/** A gray texture of two scales with values around one half. */
function texture(kernel, h, w, seed) {
  const shape = [1, 1, h, w]
  const coarse = kernel.gaussianBlur({ data: uniform(h * w, seed), shape }, 3).data
  const fine = kernel.gaussianBlur({ data: uniform(h * w, seed + 1), shape }, 0.7).data
  return fine.map((v, i) => 0.5 + 2 * (coarse[i] - 0.5) + 0.3 * (v - 0.5))
}

const crop = (image, width, h, w) =>
  Float32Array.from({ length: h * w }, (_, i) => image[((i / w) | 0) * width + (i % w)])

/** Scores with ties, larger where the label is 1. */
function ranking(n) {
  const y = Uint8Array.from(uniform(n, 21), (v) => (v < 0.03 ? 1 : 0))
  return { y, s: uniform(n, 22).map((v, i) => Math.round(65536 * (v + 0.4 * y[i])) / 65536) }
}

function files(kernel, model, image) {
  const { s, y } = ranking(737280)
  const labels = Uint8Array.from({ length: 6000 }, (_, i) => (i % 10 === 9 ? 1 : 0))
  const net = kernel.createConvEnergy(defaultLayers, { channels: 1, seed: 0 })
  const blobs = kernel.gaussianBlur({ data: uniform(1080 * 1920, 31), shape: [1, 1, 1080, 1920] }, 3).data
  return {
    'logits.f32': uniform(1e7, 1).map((v) => 12 * v - 6),
    'image-1080.f32': image,
    'image-64.f32': crop(image, 1920, 64, 64),
    'image-fit.f32': crop(image, 1920, 512, 256),
    'image-32.f32': crop(image, 1920, 32 * 32, 32),
    'mean.f64': model.mean,
    'precision.f64': model.precision,
    'kappa.f32': model.kappa,
    'locations-fit.f32': uniform(150 * 100 * 784, 5),
    'locations.f32': uniform(100 * 784, 6),
    'gaussian-fit.f32': planar(2000, 336, 7),
    'gaussian.f32': planar(784, 336, 9),
    'bank.f32': clustered(10000, 384, 11),
    'queries.f32': clustered(784, 384, 11).map((v, i) => v + 0.1 * Math.sin(i)),
    'rows.f32': clustered(157000, 295, 13),
    'net.f32': net.params,
    'maps.f32': uniform(64 * 65536, 15),
    'scores.f32': s,
    'labels.u8': y,
    'mask.u8': Uint8Array.from(blobs, (v) => (v > 0.53 ? 1 : 0)),
    'train.f32': planar(6000, 784, 17),
    'test.f32': planar(6000, 784, 19, labels),
    'test-labels.u8': labels,
  }
}

export async function prepare(data) {
  for (const name of readdirSync(data)) if (name.endsWith('.reference.f64')) rmSync(join(data, name))
  const kernel = await load({ backend: 'wasm' })
  const image = texture(kernel, 1080, 1920, 2)
  const model = await kernel.fitPatchEnergy({ data: crop(image, 1920, 512, 256), shape: [1, 1, 512, 256] })
  for (const [name, array] of Object.entries(files(kernel, model, image))) {
    writeFileSync(join(data, `anomaly-${name}`), new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  }
  const bias = model.bias[0]
  kernel.dispose()
  return { bias, bounds }
}
