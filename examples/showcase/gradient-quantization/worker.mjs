/** A worker thread that trains every variant on one backend. */
import { parentPort, workerData } from 'node:worker_threads'
import { load } from '@ukernels/gradient-quantization'
import { loadDigits } from './digits.mjs'
import { run } from './run.mjs'
import { variants } from './variants.mjs'

const { backend, plan } = /** @type {{ backend: 'native' | 'wasm', plan: import('./plan.mjs').Plan }} */ (workerData)

const kernel = await load({ backend, threads: 1 })
const digits = loadDigits()
parentPort.postMessage({ type: 'ready', info: kernel.info() })
for (const seed of plan.seeds) {
  for (const id of plan.variants) {
    const variant = variants.find((v) => v.id === id)
    const result = run(digits, plan.setup, variant, kernel, seed, ({ step, steps, accuracy }) => {
      parentPort.postMessage({ type: 'progress', variant: variant.name, seed, step, steps, accuracy })
    })
    parentPort.postMessage({ type: 'run', run: result })
  }
}
kernel.dispose()
