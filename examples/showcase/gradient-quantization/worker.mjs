/** A worker thread that trains every variant on one backend. */
import { workerData } from 'node:worker_threads'
import { load } from '@ukernels/gradient-quantization'
import { finish, lane } from '../lib/worker-lane.mjs'
import { loadDigits } from './digits.mjs'
import { run } from './run.mjs'
import { variants } from './variants.mjs'

const { backend, plan } = /** @type {{ backend: 'native' | 'wasm', plan: import('./plan.mjs').Plan }} */ (workerData)

/** @param {import('./run.mjs').Run} run */
function describe({ variant, seed, accuracy, trainSeconds, divergedAt }) {
  const which = plan.seeds.length > 1 ? `${variant}, seed ${seed}` : variant
  const end = divergedAt === undefined ? `${(100 * accuracy).toFixed(2)} %` : `diverged at step ${divergedAt}`
  return `${which}: ${end} after ${trainSeconds.toFixed(1)} s`
}

const kernel = await load({ backend, threads: 1 })
const digits = loadDigits()
const total = plan.seeds.length * plan.variants.length
/** @type {import('./run.mjs').Run[]} */
const runs = []
for (const seed of plan.seeds) {
  for (const id of plan.variants) {
    const variant = variants.find((v) => v.id === id)
    const result = run(digits, plan.setup, variant, kernel, seed, ({ step, steps }) =>
      lane.update((runs.length + step / steps) / total, `${variant.name}, step ${step} of ${steps}`),
    )
    runs.push(result)
    lane.done(runs.length / total, describe(result))
  }
}
finish({ info: kernel.info(), runs })
kernel.dispose()
