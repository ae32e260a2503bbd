/** Training must do something (brief 6.2): after 300 steps on brick ‖g‖₂ ranks images better than before, by 0.05. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Batch, defaultLayers } from '@ukernels/anomaly-energy'
import { runOracle } from '@ukernels/test-kit/oracles'
import { describe, expect, it } from 'vitest'
import { kinds } from './backends.js'

const root = join(fileURLToPath(import.meta.url), '../../../..')
const { files, reason } = runOracle(root, 'textures.py', ['numpy', 'scipy', 'skimage'])
const floats = (name: string) => new Float32Array(files?.bytes(name).buffer as ArrayBuffer)

describe.skipIf(files === undefined)(`ConvEnergy on brick${reason ? `: ${reason}` : ''}`, () => {
  it(`after 300 steps, on ${kinds[0].label}`, async () => {
    const k = await kinds[0].open()
    const left: Batch = { data: floats('brick.left.f32'), shape: [1, 1, 512, 256] }
    const crops: Batch = { data: floats('brick.crops.f32'), shape: [180, 1, 64, 64] }
    const labels = Uint8Array.from({ length: 180 }, (_, i) => (i < 60 ? 0 : 1))
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
