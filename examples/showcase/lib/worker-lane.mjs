/** A worker's side of `onEveryBackend`: progress, and the result at the end. */
import { parentPort } from 'node:worker_threads'

/** @typedef {Pick<import('./progress.mjs').Lane, 'update' | 'done'>} WorkerLane */

/** @type {WorkerLane} */
export const lane = {
  update: (share, text) => parentPort.postMessage({ share, text, finished: false }),
  done: (share, text) => parentPort.postMessage({ share, text, finished: true }),
}

/** @param {object} result what `onEveryBackend` gives back */
export const finish = (result) => parentPort.postMessage({ result })
