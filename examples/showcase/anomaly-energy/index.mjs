/** The part of anomaly-energy: learns a brick wall, finds what is wrong with another part of it. */
import { load } from '@ukernels/anomaly-energy'
import { onEveryBackend, usableBackends } from '../lib/backends.mjs'
import { barNotes } from '../lib/html.mjs'
import { Progress } from '../lib/progress.mjs'
import { barsOf } from './bars.mjs'
import { missingFashion } from './fashion.mjs'
import { agreement } from './findings.mjs'
import { fullPlan, shortPlan } from './plan.mjs'
import { section } from './report.mjs'
import { tableOf } from './table.mjs'

/** @type {import('../parts.mjs').Part} */
export const part = {
  title: 'a brick wall is learned from its left half, and defects are found in its right half',
  run: ({ full }) => runPlan(full ? fullPlan : shortPlan),
}

const worker = new URL('worker.mjs', import.meta.url)

/**
 * @param {import('./plan.mjs').Plan} plan
 * @param {typeof barsOf} judge what the results must reach
 * @returns {Promise<import('../parts.mjs').Outcome>}
 */
export async function runPlan(plan, judge = barsOf) {
  const { backends, missing } = await usableBackends(load)
  const inspected = await withProgress('inspecting', (progress) =>
    onEveryBackend(backends, worker, { job: 'inspect', plan }, progress),
  )
  const network = plan.iterations > 0 ? await trainAndScore(backends, plan) : undefined

  const [first] = backends
  const { inspection, clothes } = inspected[first]
  const rows = backends.map((backend) => [
    ...inspected[backend].inspection.findings,
    ...(inspected[backend].clothes?.findings ?? []),
    ...(network?.scored[backend].findings ?? []),
  ])
  const bars = judge(plan, inspection, clothes?.rows, network?.scored[first].judged)
  const infos = backends.map((backend) => inspected[backend].info)
  const skipped = plan.classes.length > 0 ? missingFashion() : ''
  const table = tableOf(rows, backends)
  const kernel = await load({ backend: first })
  const html = section({
    kernel,
    plan,
    infos,
    inspection,
    outliers: clothes?.rows,
    network,
    table,
    bars,
    missing,
    skipped,
  })
  kernel.dispose()
  return {
    ok: rows[0].every((_, i) => agreement(rows.map((found) => found[i])).ok) && bars.every(({ ok }) => ok),
    table,
    notes: [
      ...(missing ? [`No native backend, wasm alone: ${missing}`] : []),
      ...(skipped ? [`Skipped: ${skipped}`] : []),
      ...barNotes(bars),
    ],
    html,
  }
}

/** @template T @param {string} label @param {(progress: Progress) => Promise<T>} work */
async function withProgress(label, work) {
  const progress = new Progress(label)
  try {
    return await work(progress)
  } finally {
    progress.end()
  }
}

/** @param {import('../lib/backends.mjs').BackendName[]} backends @param {import('./plan.mjs').Plan} plan */
async function trainAndScore(backends, plan) {
  const [first] = backends
  const trained = await withProgress('training', (progress) =>
    onEveryBackend([first], worker, { job: 'train', plan }, progress),
  )
  const { models, seconds, threads } = trained[first]
  const scored = await withProgress('scoring', (progress) =>
    onEveryBackend(backends, worker, { job: 'score', plan, models }, progress),
  )
  return { scored, seconds, threads, backend: first, judged: scored[first].judged }
}
