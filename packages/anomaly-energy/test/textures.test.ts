/** The texture protocol on real textures: crops drawn by NumPy, figures within 0.002. */
import { AnomalyDetector, type AnomalyEnergyKernel, type Batch, type PatchEnergy } from '@ukernels/anomaly-energy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { dataOf, files, imageAt, measure, overlapAverage, patchRows, reason, within } from './texture-data.js'

describe.skipIf(files === undefined)(`textures${reason ? `: ${reason}` : ''}`, () => {
  it('are the crops whose figures are checked here', () => {
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

    it.each<[name: string, count: number, ...expected: number[]]>([
      ['brick', 6, 0.804, 0.779, 0.626],
      ['grass', 33, 0.708, 0.607, 0.513],
    ])('%s: reconstruction errors of patches', async (name, count, ...expected) => {
      const data = dataOf(name)
      const model = await k.fitSubspace(patchRows(data.left, 7, 2), 49, { variance: 0.97 })
      expect(model.k).toBe(count)
      const map = new Float32Array(data.crops.data.length)
      for (let i = 0; i < 180; i++)
        map.set(overlapAverage(model.fre(patchRows(imageAt(data.crops, i), 7, 1)), 64, 7), 4096 * i)
      within(await measure(k, { data: map, shape: data.crops.shape }, data), expected)
    })

    it('brick: each kind of defect by itself', async () => {
      const { left, crops, masks } = dataOf('brick')
      const model = await k.fitPatchEnergy(left)
      const map = k.gaussianBlur(k.reduceChannels(model.gradient(crops), 'l1'), 2)
      const peaks = Array.from({ length: 180 }, (_, i) => Math.max(...imageAt(map, i).data))
      // Images of the kind against all good ones, and the pixels of the kind's images.
      const kinds = [
        ['scratch', 1, 0.99],
        ['stain', 1, 0.89],
        ['blur', 0.75, 0.4],
        ['swap', 0.9, 0.83],
        ['noise', 1, 1],
        ['shuffle', 0.78, 0.9],
      ] as const
      for (const [i, [, ...expected]] of kinds.entries()) {
        const [begin, end] = [60 + 20 * i, 80 + 20 * i]
        const scores = Float32Array.from([...peaks.slice(0, 60), ...peaks.slice(begin, end)])
        const labels = Uint8Array.from(scores, (_, j) => (j < 60 ? 0 : 1))
        const part: Batch = { data: map.data.subarray(4096 * begin, 4096 * end), shape: [20, 1, 64, 64] }
        const pixels = await k.metrics.pixelAuroc(part, masks.subarray(4096 * begin, 4096 * end))
        // The figures have two digits.
        within([k.metrics.auroc(scores, labels), pixels], expected, 0.005)
      }
    })

    // Pixel AUROC of blurred defects, of all of them, and image AUROC of the largest value.
    it.each<[name: string, ...expected: number[]]>([
      ['brick', 0.76, 0.811, 0.674],
      ['grass', 0.9, 0.752, 0.593],
    ])('%s: two-sided maps show what has less energy', async (name, ...expected) => {
      const { train, crops, masks, labels } = dataOf(name)
      const detector = await AnomalyDetector.fit(k, train, { map: 'two-sided', sigma: 2, seed: 0 })
      const data = new Float32Array(crops.data.length)
      for (let i = 0; i < 180; i++) data.set(detector.predict(imageAt(crops, i)).map.data, 4096 * i)
      const [image, pixel] = await measure(k, { data, shape: crops.shape }, { masks, labels })
      const [begin, end] = [4096 * 100, 4096 * 120]
      const blurred: Batch = { data: data.subarray(begin, end), shape: [20, 1, 64, 64] }
      const found = [await k.metrics.pixelAuroc(blurred, masks.subarray(begin, end)), pixel, image]
      within(found, expected, 0.03)
    })

    it('brick: larger patches', async () => {
      const data = dataOf('brick')
      const model = await k.fitPatchEnergy(data.left, { patch: 11 })
      const magnitude = k.reduceChannels(model.gradient(data.crops), 'l1')
      within(await measure(k, k.gaussianBlur(magnitude, 4), data), [0.889, 0.859, 0.737])
    })
  })
})
