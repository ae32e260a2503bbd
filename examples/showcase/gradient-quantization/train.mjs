/** Trains a plan on every backend at once. */
import { onEveryBackend } from '../lib/backends.mjs'

/**
 * @typedef {import('../lib/backends.mjs').BackendName} BackendName
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {{ info: import('@ukernels/runtime').KernelInfo, runs: Run[] }} Trained
 */

/**
 * @param {BackendName[]} backends
 * @param {import('./plan.mjs').Plan} plan
 * @param {import('../lib/progress.mjs').Progress} progress
 * @returns {Promise<Partial<Record<BackendName, Trained>>>}
 */
export const trainOn = (backends, plan, progress) =>
  onEveryBackend(backends, new URL('worker.mjs', import.meta.url), { plan }, progress)
