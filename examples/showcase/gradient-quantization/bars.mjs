/** What the full table must show, as the kernel's brief of numbers sets it: against our own FP32, in points of accuracy. */

/** @typedef {{ what: string, value: string, ok: boolean }} Bar */

/** @param {import('./summary.mjs').Summary[]} summaries @returns {Bar[]} */
export function acceptanceBars(summaries) {
  const of = (/** @type {string} */ id) => summaries.find(({ variant }) => variant.id === id)
  const points = (/** @type {string} */ id, /** @type {string} */ than = 'fp32') =>
    100 * (of(id).accuracy - of(than).accuracy)
  const signed = (/** @type {number} */ v) => `${v < 0 ? '−' : '+'}${Math.abs(v).toFixed(2)} points`
  const { mean, sd } = of('prune-90').sparsity
  const headroom3 = points('fp8-headroom-3')
  const headroom0 = points('fp8-headroom-0')
  const luq = points('luq')
  const prune = points('prune-90')
  const agree = summaries.every(({ agrees }) => agrees !== false)
  return [
    { what: 'FP8 1-4-3 with headroom 3 within 0.7 points of FP32', value: signed(headroom3), ok: headroom3 >= -0.7 },
    { what: 'FP8 1-4-3 with headroom 0 at least 1 point below FP32', value: signed(headroom0), ok: headroom0 <= -1 },
    { what: 'LUQ within 1.2 points of FP32', value: signed(luq), ok: luq >= -1.2 },
    { what: 'pruned 90 % within 1.8 points of FP32', value: signed(prune), ok: prune >= -1.8 },
    {
      what: 'mean sparsity within 0.01 of the requested 0.90',
      value: mean.toFixed(4),
      ok: Math.abs(mean - 0.9) <= 0.01,
    },
    { what: 'standard deviation of the sparsity at most 0.015', value: sd.toFixed(4), ok: sd <= 0.015 },
    { what: 'the same bits on all backends', value: agree ? 'yes' : 'no', ok: agree },
  ]
}
