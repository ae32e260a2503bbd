/** Trains a plan on every backend at once, one worker thread each. */
import { Worker } from 'node:worker_threads'

/**
 * @typedef {'native' | 'wasm'} BackendName
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {{ info: import('@ukernels/runtime').KernelInfo, runs: Run[] }} Trained
 */

/**
 * @param {BackendName[]} backends
 * @param {import('./plan.mjs').Plan} plan
 * @param {import('../lib/progress.mjs').Progress} progress
 * @returns {Promise<Partial<Record<BackendName, Trained>>>}
 */
export async function trainOn(backends, plan, progress) {
  const trained = await Promise.all(backends.map((backend) => trainOne(backend, plan, progress.lane(backend))))
  return Object.fromEntries(backends.map((backend, i) => [backend, trained[i]]))
}

/**
 * @param {BackendName} backend
 * @param {import('./plan.mjs').Plan} plan
 * @param {import('../lib/progress.mjs').Lane} lane
 * @returns {Promise<Trained>}
 */
function trainOne(backend, plan, lane) {
  const total = plan.seeds.length * plan.variants.length
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { backend, plan } })
  /** @type {Run[]} */
  const runs = []
  /** @type {Trained['info']} */
  let info
  return new Promise((resolve, reject) => {
    worker.on('message', (message) => {
      if (message.type === 'ready') info = message.info
      else if (message.type === 'progress') {
        const { variant, step, steps } = message
        lane.update((runs.length + step / steps) / total, `${variant}, step ${step} of ${steps}`)
      } else {
        runs.push(message.run)
        lane.done(runs.length / total, describe(message.run, plan))
      }
    })
    worker.on('error', reject)
    worker.on('exit', (code) => {
      if (runs.length === total) resolve({ info, runs })
      else reject(new Error(`the ${backend} worker ended early with code ${code}`))
    })
  })
}

/** @param {Run} run @param {import('./plan.mjs').Plan} plan */
function describe({ variant, seed, accuracy, trainSeconds, divergedAt }, plan) {
  const which = plan.seeds.length > 1 ? `${variant}, seed ${seed}` : variant
  const end = divergedAt === undefined ? `${(100 * accuracy).toFixed(2)} %` : `diverged at step ${divergedAt}`
  return `${which}: ${end} after ${trainSeconds.toFixed(1)} s`
}
