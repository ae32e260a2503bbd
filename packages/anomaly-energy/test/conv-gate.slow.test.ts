/** Training must do something: after 300 steps on brick ‖g‖₂ ranks images better than before, by 0.05. */
import { defaultLayers } from '@ukernels/anomaly-energy'
import { describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { dataOf, files, reason } from './texture-data.js'

describe.skipIf(files === undefined)(`ConvEnergy on brick${reason ? `: ${reason}` : ''}`, () => {
  it(`after 300 steps, on ${kinds[0].label}`, async () => {
    const k = await kinds[0].open()
    const { left, crops, labels } = dataOf('brick')
    const trainer = k.createTrainer(k.createConvEnergy(defaultLayers, { channels: 1, seed: 0 }), { seed: 0 })
    const measure = (how: 'gL2' | 'energy') => k.metrics.auroc(trainer.ema.score(crops, how), labels)
    const before = { gL2: measure('gL2'), energy: measure('energy') }
    await trainer.fit(left, { iterations: 300 })
    const after = { gL2: measure('gL2'), energy: measure('energy') }
    console.log('image AUROC before and after 300 steps', before, after)
    expect(after.gL2).toBeGreaterThanOrEqual(before.gL2 + 0.05)
    k.dispose()
  })
})
