/** The runs of all backends and seeds, one line per variant. */
import { createHash } from 'node:crypto'
import { variants } from './variants.mjs'

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {import('./train.mjs').BackendName} BackendName
 */

/**
 * @typedef {object} Summary
 * @property {import('./variants.mjs').Variant} variant
 * @property {number[]} accuracies by seed
 * @property {number} accuracy mean over the seeds
 * @property {{ epoch: number, accuracy: number }[]} curve mean over the seeds that didn't diverge
 * @property {number} bitsPerElement
 * @property {{ mean: number, sd: number, points: Run['sparsity'] } | undefined} sparsity achieved, all seeds, layers, steps
 * @property {Partial<Record<BackendName, number>>} quantizeMs
 * @property {boolean | undefined} agrees whether all backends made the same bits; undefined with one backend
 * @property {string} digest of all packed gradients and weights, the same on every machine
 * @property {number} diverged how many of the seeds
 */

/**
 * @param {Partial<Record<BackendName, import('./train.mjs').Trained>>} trained
 * @param {import('./plan.mjs').Plan} plan
 * @returns {Summary[]}
 */
export function summarize(trained, plan) {
  const backends = /** @type {BackendName[]} */ (Object.keys(trained))
  return plan.variants.map((id) => {
    const runs = backends.map((backend) => trained[backend].runs.filter(({ variant }) => variant === id))
    const [first] = runs
    const accuracies = first.map(({ accuracy }) => accuracy)
    return {
      variant: variants.find((variant) => variant.id === id),
      accuracies,
      accuracy: mean(accuracies),
      curve: meanCurve(first.filter(({ divergedAt }) => divergedAt === undefined)),
      bitsPerElement: mean(first.map(({ bitsPerElement }) => bitsPerElement)),
      sparsity: sparsityOf(first),
      quantizeMs: Object.fromEntries(
        backends.map((backend, i) => [backend, mean(runs[i].map(({ quantizeMs }) => quantizeMs))]),
      ),
      agrees: runs.length > 1 ? runs.every((others) => others.every((run, i) => sameBits(run, first[i]))) : undefined,
      digest: digestOf(first),
      diverged: first.filter(({ divergedAt }) => divergedAt !== undefined).length,
    }
  })
}

/**
 * Every packed gradient, the weights at the end and the accuracy on the way.
 *
 * @param {Run} a
 * @param {Run} b
 */
const sameBits = (a, b) =>
  a.packed === b.packed &&
  a.weights === b.weights &&
  a.divergedAt === b.divergedAt &&
  a.curve.every(({ accuracy }, i) => accuracy === b.curve[i].accuracy)

/** @param {Run[]} runs */
const digestOf = (runs) =>
  createHash('sha256')
    .update(runs.map(({ packed, weights }) => packed + weights).join())
    .digest('hex')

/** @param {number[]} values */
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/** @param {Run[]} runs */
function sparsityOf(runs) {
  const points = runs.flatMap(({ sparsity }) => sparsity)
  if (points.length === 0) return undefined
  const average = mean(points.map(({ achieved }) => achieved))
  const sd = Math.sqrt(mean(points.map(({ achieved }) => (achieved - average) ** 2)))
  return { mean: average, sd, points: runs[0].sparsity }
}

/** @param {Run[]} runs */
function meanCurve(runs) {
  if (runs.length === 0) return []
  return runs[0].curve.map(({ epoch }, i) => ({ epoch, accuracy: mean(runs.map(({ curve }) => curve[i].accuracy)) }))
}
