/** A worker thread: one backend inspects bricks and clothes, trains a network, or scores with it. */
import { workerData } from 'node:worker_threads'
import { load } from '@ukernels/anomaly-energy'
import { finish, lane } from '../lib/worker-lane.mjs'
import { scoreNetworks, trainNetwork } from './conv.mjs'
import { missingFashion } from './fashion.mjs'
import { inspect } from './inspect.mjs'
import { outliers } from './outliers.mjs'

/** @typedef {'inspect' | 'train' | 'score'} Job */

/** Share of the lane that the bricks take when there are clothes as well. */
const BRICKS = 0.2

const { backend, job, plan, models } = workerData

/** @type {Record<Job, (kernel: import('./inspect.mjs').Kernel) => Promise<object>>} */
const jobs = {
  async inspect(kernel) {
    const fashion = plan.classes.length > 0 && !missingFashion()
    const bricks = fashion ? BRICKS : 1
    const inspection = await inspect(kernel, plan, (share, text) => lane.update(bricks * share, text))
    lane.done(bricks, `brick wall inspected: image AUROC ${inspection.scores.at(-1).auroc.toFixed(3)}`)
    const clothes = fashion
      ? await outliers(kernel, plan.classes, (share, text, finished) =>
          lane[finished ? 'done' : 'update'](bricks + (1 - bricks) * share, text),
        )
      : undefined
    return { info: kernel.info(), inspection, clothes }
  },
  train: (kernel) => trainNetwork(kernel, plan, lane),
  score: (kernel) => scoreNetworks(kernel, plan, models, lane),
}

const kernel = await load({ backend, threads: job === 'train' ? undefined : 1 })
finish(await jobs[job](kernel))
kernel.dispose()
