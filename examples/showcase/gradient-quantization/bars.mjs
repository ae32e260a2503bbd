/** What the full table must show: accuracies in points against our own FP32, each the mean over the seeds. */

/** @typedef {import('../lib/html.mjs').Bar} Bar */

/** @param {import('./summary.mjs').Summary[]} summaries @returns {Bar[]} */
export function acceptanceBars(summaries) {
  const of = (/** @type {string} */ id) => summaries.find(({ variant }) => variant.id === id)
  const points = (/** @type {string} */ id) => 100 * (of(id).accuracy - of('fp32').accuracy)
  const atLeast = (/** @type {string} */ what, /** @type {string} */ id, /** @type {number} */ least) => ({
    what,
    value: signed(points(id)),
    ok: points(id) >= least,
  })
  const clipped = points('fp8-headroom-0')
  const { mean, sd } = of('prune-90').sparsity
  const agreement = summaries.map(({ agrees }) => agrees).filter((agrees) => agrees !== undefined)
  const disagreeing = agreement.filter((agrees) => !agrees).length
  return [
    atLeast('FP8 1-4-3 with headroom 3 within 0.7 points of FP32', 'fp8-headroom-3', -0.7),
    { what: 'FP8 1-4-3 with headroom 0 at least 1 point below FP32', value: signed(clipped), ok: clipped <= -1 },
    atLeast('LUQ within 1.2 points of FP32', 'luq', -1.2),
    atLeast('pruned 90 % within 1.8 points of FP32', 'prune-90', -1.8),
    {
      what: 'mean sparsity within 0.01 of the requested 0.90',
      value: mean.toFixed(4),
      ok: Math.abs(mean - 0.9) <= 0.01,
    },
    { what: 'standard deviation of the sparsity at most 0.015', value: sd.toFixed(4), ok: sd <= 0.015 },
    {
      what: 'the same bits on both backends',
      value: `${agreement.length - disagreeing} of ${agreement.length} variants`,
      ok: disagreeing === 0,
    },
  ]
}

/** @param {number} points */
const signed = (points) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)} points`
