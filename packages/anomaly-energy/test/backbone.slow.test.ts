/**
 * Features of a pretrained network, imported from TensorFlow.js, in three models: Mahalanobis distance to one Gaussian of
 * all locations, reconstruction error of 97 %, nearest of 3000 rows. Two textures, 580 images each.
 */
import { type AnomalyEnergyKernel, type Batch, type FeatureExtractor, locationRows } from '@ukernels/anomaly-energy'
import { below, Philox } from '@ukernels/runtime'
import { describe, expect, it } from 'vitest'
import { FEATURES, installBackbone, openBackbone } from './backbone.js'
import { kinds } from './backends.js'
import { type Data, dataOf, files, measure, reason, within } from './texture-data.js'

const [SIDE, GROUP, EVERY, BANK] = [28, 10, 5, 3000]
const folder = files && installBackbone()
const why = reason ?? (folder === undefined ? 'the packages of backbone.ts could not be installed' : '')

/** Feature rows of crops, every `every`-th location. */
async function rowsOf(k: AnomalyEnergyKernel, features: FeatureExtractor, crops: Batch, every: number) {
  const [n, , h, w] = crops.shape
  const rows = new Float32Array(Math.ceil((n * SIDE * SIDE) / every) * FEATURES)
  let [seen, kept] = [0, 0]
  for (let i = 0; i < n; i += GROUP) {
    const part: Batch = { data: crops.data.subarray(i * h * w, (i + GROUP) * h * w), shape: [GROUP, 1, h, w] }
    const found = locationRows(await features(k.resizeBilinear(part, 224, 224)))
    for (let at = 0; at < found.length; at += FEATURES, seen++)
      if (seen % every === 0) rows.set(found.subarray(at, at + FEATURES), FEATURES * kept++)
  }
  return rows
}

/** Image AUROC, pixel AUROC and AUPRO of values at 28 × 28 locations. */
const figures = (k: AnomalyEnergyKernel, values: Float32Array, data: Data) =>
  measure(k, k.gaussianBlur(k.resizeBilinear({ data: values, shape: [180, 1, SIDE, SIDE] }, 64, 64), 2), data)

describe.skipIf(why !== '')(`features of MobileNetV2${why && `: ${why}`}`, () => {
  // Measured with these models. The table of the protocol has .838/.830/.721, .820/.838/.732, .908/.844/.745 on brick
  // and .594/.784/.584, .597/.792/.598, .559/.619/.417 on grass. Pixels come close, image AUROCs don't: how its features
  // were resampled isn't known (half pixels, corners and tfjs' own way give other figures, none of them its), and the
  // largest distance to a bank depends on the bank: on brick its image AUROC was .80 to .89 with four random ones.
  it.each<[name: string, ...rows: number[][]]>([
    ['brick', [0.8721, 0.8303, 0.7245], [0.8883, 0.8402, 0.739], [0.7994, 0.8451, 0.7477]],
    ['grass', [0.5542, 0.7717, 0.5535], [0.5554, 0.7841, 0.5755], [0.53, 0.6064, 0.3948]],
  ])(`%s, on ${kinds[0].label}`, async (name, ...expected) => {
    const k = await kinds[0].open()
    const data = dataOf(name)
    const { features, tensors } = await openBackbone(folder as string)
    const before = tensors()
    const train = await rowsOf(k, features, data.train, EVERY)
    const test = await rowsOf(k, features, data.crops, 1)
    expect(tensors()).toBe(before)
    const gaussian = await k.fitGaussian(train, FEATURES, { ridge: 0.01 })
    const subspace = await k.fitSubspace(train, FEATURES, { variance: 0.97 })
    const random = new Philox(0)
    const bank = new Float32Array(BANK * FEATURES)
    for (let i = 0; i < BANK; i++) {
      const row = below(random.word(i), train.length / FEATURES)
      bank.set(train.subarray(row * FEATURES, (row + 1) * FEATURES), i * FEATURES)
    }
    const distances = gaussian.energy(test).map((v) => Math.sqrt(2 * v))
    const { dist } = k.memoryBank(bank, FEATURES).querySync(test, 1)
    const found = []
    for (const values of [distances, subspace.fre(test), dist]) found.push(await figures(k, values, data))
    console.log(`${name}: image AUROC, pixel AUROC, AUPRO by Mahalanobis, FRE, 1-NN`, found)
    found.forEach((row, i) => {
      within(row, expected[i])
    })
    k.dispose()
  })
})
