/** The texture protocol on real textures (brief 6.2 B): crops drawn by NumPy, figures within 0.002. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AnomalyEnergyKernel, Batch, PatchEnergy } from '@ukernels/anomaly-energy'
import { runOracle } from '@ukernels/test-kit/oracles'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'

const root = join(fileURLToPath(import.meta.url), '../../../..')
const { files, reason } = runOracle(root, 'textures.py', ['numpy', 'scipy', 'skimage'])

interface Data {
  left: Batch
  crops: Batch
  masks: Uint8Array
  labels: Uint8Array
}
const floats = (name: string) =>
  new Float32Array((files as NonNullable<typeof files>).bytes(name).buffer as ArrayBuffer)

function dataOf(name: string): Data {
  return {
    left: { data: floats(`${name}.left.f32`), shape: [1, 1, 512, 256] },
    crops: { data: floats(`${name}.crops.f32`), shape: [180, 1, 64, 64] },
    masks: (files as NonNullable<typeof files>).bytes(`${name}.masks.u8`),
    labels: Uint8Array.from({ length: 180 }, (_, i) => (i < 60 ? 0 : 1)),
  }
}

/** Image AUROC of the largest value, pixel AUROC and AUPRO of a map. */
async function measure(k: AnomalyEnergyKernel, map: Batch, { masks, labels }: Data): Promise<number[]> {
  const peaks = Float32Array.from({ length: 180 }, (_, i) => Math.max(...map.data.subarray(4096 * i, 4096 * i + 4096)))
  const { value } = await k.metrics.aupro(map, masks)
  return [k.metrics.auroc(peaks, labels), await k.metrics.pixelAuroc(map, masks), value]
}

const within = (found: readonly number[], expected: readonly number[], tolerance = 0.002) =>
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `${value} instead of ${expected[i]}`).toBeLessThanOrEqual(tolerance)
  })

describe.skipIf(files === undefined)(`textures${reason ? `: ${reason}` : ''}`, () => {
  it('are the protocol of the brief', () => {
    const facts = files?.json<Record<string, Record<string, unknown>>>('facts.json')
    expect(facts?.brick).toMatchObject({ good: 'f92bac41433cd604', masks: '9b0206c058bb9db1', pixels: 22504 })
    expect(facts?.grass).toMatchObject({ good: 'f6243017ca4d452c', masks: '9b0206c058bb9db1' })
    expect(facts?.brick.mean).toBeCloseTo(0.4377643, 6)
    expect(facts?.grass.mean).toBeCloseTo(0.4689171, 6)
  })

  describe.each(kinds)('on $label', ({ open }) => {
    let k: AnomalyEnergyKernel
    beforeAll(async () => {
      k = await open()
    })
    afterAll(() => k?.dispose())

    it('brick: the fit has the facts of the closed form', async () => {
      const { left, crops } = dataOf('brick')
      const model = await k.fitPatchEnergy(left)
      expect(model.mean[0]).toBeCloseTo(0.433943744, 8)
      const { kappa } = model
      const sum = kappa.reduce((a, b) => a + b, 0)
      within([kappa[84] / 237495.51, kappa[85] / -48236.03, sum / 211.333], [1, 1, 1], 1e-3)
      const first = { data: crops.data.subarray(0, 4096), shape: [1, 1, 64, 64] as const }
      within([model.energy(first)[0] / 46684.552933], [1], 1e-5)
      const g = model.gradient(first).data
      const largest = Math.max(...g.map(Math.abs))
      within([(g[32 * 64 + 32] - 751.968242) / largest, (g[0] + 34.618632) / largest], [0, 0], 2e-5)
    })

    const rows: { name: string; scalars: number[]; maps: [sigma: number, ...expected: number[]][]; local: number[] }[] =
      [
        {
          name: 'brick',
          scalars: [0.814, 0.802, 0.863, 0.921],
          maps: [
            [0, 0.921, 0.733, 0.586],
            [2, 0.906, 0.815, 0.712],
            [4, 0.889, 0.842, 0.732],
          ],
          local: [0.886, 0.809, 0.698],
        },
        {
          name: 'grass',
          scalars: [0.606, 0.581, 0.655, 0.732],
          maps: [
            [0, 0.732, 0.573, 0.347],
            [2, 0.703, 0.645, 0.528],
            [4, 0.743, 0.668, 0.526],
          ],
          local: [0.662, 0.585, 0.487],
        },
      ]
    it.each(rows)('$name: scores and maps of PatchEnergy', async ({ name, scalars, maps, local }) => {
      const data = dataOf(name)
      const model: PatchEnergy = await k.fitPatchEnergy(data.left)
      const scores = (['energy', 'gL1', 'gL2', 'gMax'] as const).map((how) =>
        k.metrics.auroc(model.score(data.crops, how), data.labels),
      )
      within(scores, scalars)
      const magnitude = k.reduceChannels(model.gradient(data.crops), 'l1')
      for (const [sigma, ...expected] of maps)
        within(await measure(k, k.gaussianBlur(magnitude, sigma), data), expected)
      within(await measure(k, model.energyMap(data.crops), data), local)
    })

    it('brick: larger patches', async () => {
      const data = dataOf('brick')
      const model = await k.fitPatchEnergy(data.left, { patch: 11 })
      const magnitude = k.reduceChannels(model.gradient(data.crops), 'l1')
      within(await measure(k, k.gaussianBlur(magnitude, 4), data), [0.889, 0.859, 0.737])
    })
  })
})
