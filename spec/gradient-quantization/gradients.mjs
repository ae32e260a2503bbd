/**
 * Makes gradients-{init,epoch1,epoch5}.bin, 16,384 little-endian f32 each: the gradient at the output of the third
 * hidden layer (128 digits × 128 units) at the first step, after the first epoch, and at the last full batch of the
 * fifth epoch of the unquantized run that `npm start -- --full` does with seed 1. `scripts/oracles/gradients.py` then
 * writes what is expected of them to gradients.json.
 *
 *     node spec/gradient-quantization/gradients.mjs
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { loadDigits } from '../../examples/showcase/gradient-quantization/digits.mjs'
import { Mlp } from '../../examples/showcase/gradient-quantization/mlp.mjs'
import { fullPlan } from '../../examples/showcase/gradient-quantization/plan.mjs'
import { training } from '../../examples/showcase/gradient-quantization/training.mjs'

const SEED = 1
const LAYER = 3
const names = new Map([
  [0, 'init'],
  [63, 'epoch1'],
  [313, 'epoch5'],
])

const { setup } = fullPlan
const steps = training(new Mlp(setup.sizes, SEED), loadDigits(), setup, SEED, (gradient, layer, step) => {
  const name = layer === LAYER && names.get(step)
  if (!name) return
  writeFileSync(new URL(`gradients-${name}.bin`, import.meta.url), gradient)
  console.log(`gradients-${name}.bin`, createHash('sha256').update(gradient).digest('hex'))
})
for (const { accuracy } of steps) if (accuracy !== undefined) console.log(`${(100 * accuracy).toFixed(2)} %`)
