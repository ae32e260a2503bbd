/** The part of gradient-quantization: trains networks on digits with squeezed gradients. */
import { load } from '@ukernels/gradient-quantization'
import { usableBackends } from '../lib/backends.mjs'
import { barNotes } from '../lib/html.mjs'
import { Progress } from '../lib/progress.mjs'
import { acceptanceBars } from './bars.mjs'
import { fullPlan, shortPlan } from './plan.mjs'
import { section } from './report.mjs'
import { summarize } from './summary.mjs'
import { tableOf } from './table.mjs'
import { trainOn } from './train.mjs'

/** @type {import('../parts.mjs').Part} */
export const part = {
  title: 'networks learn handwritten digits from gradients of 8, 6 and 4 bits, and from pruned ones',
  run: ({ full }) => (full ? runPlan(fullPlan, acceptanceBars) : runPlan(shortPlan)),
}

/**
 * @param {import('./plan.mjs').Plan} plan
 * @param {(summaries: import('./summary.mjs').Summary[]) => import('./bars.mjs').Bar[]} judge what the results must reach
 * @returns {Promise<import('../parts.mjs').Outcome>}
 */
export async function runPlan(plan, judge = () => []) {
  const { backends, missing } = await usableBackends(load)
  const progress = new Progress('training')
  const trained = await trainOn(backends, plan, progress)
  progress.end()

  const summaries = summarize(trained, plan)
  const bars = judge(summaries)
  const kernel = await load({ backend: backends[0] })
  const html = section({ kernel, plan, trained, summaries, bars, missing })
  kernel.dispose()
  return {
    ok: summaries.every(({ agrees }) => agrees !== false) && bars.every(({ ok }) => ok),
    table: tableOf(summaries, backends),
    notes: [...(missing ? [`No native backend, wasm alone: ${missing}`] : []), ...barNotes(bars)],
    html,
  }
}
