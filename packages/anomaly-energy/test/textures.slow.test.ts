/** Nearest raw patches on brick: 600 thousand searches. */
import { below, Philox } from '@ukernels/runtime'
import { describe, it } from 'vitest'
import { kinds } from './backends.js'
import { dataOf, files, imageAt, measure, overlapAverage, patchRows, reason, within } from './texture-data.js'

const [P, BANK] = [7, 4000]

describe.skipIf(files === undefined)(`textures${reason ? `: ${reason}` : ''}`, () => {
  it(`brick: a bank of 4000 random patches, on ${kinds[0].label}`, async () => {
    const k = await kinds[0].open()
    const data = dataOf('brick')
    const rows = patchRows(data.left, P, 2)
    const random = new Philox(0)
    const bank = new Float32Array(BANK * P * P)
    for (let i = 0; i < BANK; i++) {
      const row = below(random.word(i), rows.length / (P * P))
      bank.set(rows.subarray(row * P * P, (row + 1) * P * P), i * P * P)
    }
    const memory = k.memoryBank(bank, P * P)
    const map = new Float32Array(data.crops.data.length)
    for (let i = 0; i < 180; i++) {
      const { dist } = memory.querySync(patchRows(imageAt(data.crops, i), P, 1), 1)
      map.set(overlapAverage(dist, 64, P), 4096 * i)
    }
    const found = await measure(k, k.gaussianBlur({ data: map, shape: data.crops.shape }, 1), data)
    console.log('image AUROC, pixel AUROC, AUPRO of nearest raw patches', found)
    // Another random generator than that of the figures.
    within(found, [0.852, 0.844, 0.749], 0.03)
    k.dispose()
  })
})
