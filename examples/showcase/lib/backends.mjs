/** Where the parts work: native where it loads, and wasm, one worker thread each. */
import { Worker } from 'node:worker_threads'

/** @typedef {'native' | 'wasm'} BackendName */

/**
 * Native where it loads, and wasm; `missing` says why native doesn't.
 *
 * @param {(options: { backend: 'native' }) => Promise<import('@ukernels/runtime').Kernel>} load of the kernel's package
 * @returns {Promise<{ backends: BackendName[], missing: string }>}
 */
export async function usableBackends(load) {
  try {
    ;(await load({ backend: 'native' })).dispose()
    return { backends: ['native', 'wasm'], missing: '' }
  } catch (error) {
    if (error.code !== 'ERR_UKERNELS_LOAD') throw error
    return { backends: ['wasm'], missing: error.message }
  }
}

/**
 * Runs a worker on every backend at once; see worker-lane.mjs for what it sends.
 *
 * @param {readonly BackendName[]} backends
 * @param {URL} url of the worker, which gets `{ backend, ...data }`
 * @param {object} data
 * @param {import('./progress.mjs').Progress} progress
 * @returns {Promise<Partial<Record<BackendName, any>>>} what each gave back
 */
export async function onEveryBackend(backends, url, data, progress) {
  const lanes = backends.map((backend) => progress.lane(backend))
  const results = await Promise.all(backends.map((backend, i) => onOne(url, { backend, ...data }, lanes[i])))
  return Object.fromEntries(backends.map((backend, i) => [backend, results[i]]))
}

/** @param {URL} url @param {{ backend: BackendName }} workerData @param {import('./progress.mjs').Lane} lane */
function onOne(url, workerData, lane) {
  const worker = new Worker(url, { workerData })
  return new Promise((resolve, reject) => {
    worker.on('message', ({ share, text, finished, result }) => {
      if (result !== undefined) resolve(result)
      else if (finished) lane.done(share, text)
      else lane.update(share, text)
    })
    worker.on('error', reject)
    // After a result this changes nothing.
    worker.on('exit', (code) => reject(new Error(`the ${workerData.backend} worker ended early with code ${code}`)))
  })
}
