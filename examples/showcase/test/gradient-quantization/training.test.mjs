import { beforeAll, describe, expect, it } from 'vitest'
import { acceptanceBars } from '../../gradient-quantization/bars.mjs'
import { runPlan } from '../../gradient-quantization/index.mjs'

const plan = {
  setup: { sizes: [784, 32, 24, 10], epochs: 2, batch: 64, train: 1000, test: 400 },
  seeds: [1, 2],
  variants: ['fp32', 'fp8-headroom-3', 'fp8-headroom-0', 'fp4-rne', 'luq', 'prune-90'],
}

describe('a small plan', () => {
  let outcome
  let summaries
  beforeAll(async () => {
    outcome = await runPlan(plan, (found) => {
      summaries = found
      return []
    })
  })

  it('gives the same bits on every backend and on every engine', () => {
    expect(outcome.ok).toBe(true)
    expect(Object.fromEntries(summaries.map(({ variant, digest }) => [variant.id, digest.slice(0, 16)]))).toEqual({
      fp32: '084d16439af8e4f9',
      'fp8-headroom-3': '4ee8a144707d4509',
      'fp8-headroom-0': '8c533706fb061602',
      'fp4-rne': '1ef424f60822d920',
      luq: '193035c41124f8bb',
      'prune-90': '6d2bca624137d24d',
    })
  })

  it('counts bits', () => {
    const bits = Object.fromEntries(summaries.map(({ variant, bitsPerElement }) => [variant.id, bitsPerElement]))
    expect(bits).toMatchObject({ fp32: 32, 'fp8-headroom-3': 8, 'fp8-headroom-0': 8, 'fp4-rne': 4, luq: 4 })
    // Two bits of class per element, and 32 for every one that is larger than the threshold.
    expect(bits['prune-90']).toBeGreaterThan(2)
    expect(bits['prune-90']).toBeLessThan(2 + 0.1 * 32)
  })

  it('reaches the sparsity it asks for', () => {
    const { sparsity } = summaries.find(({ variant }) => variant.id === 'prune-90')
    expect(sparsity.points).toHaveLength(2 * 16 * 2)
    expect(Math.abs(sparsity.mean - 0.9)).toBeLessThan(0.02)
  })

  it('learns', () => {
    for (const { accuracy } of summaries) expect(accuracy).toBeGreaterThan(0.5)
  })

  it('writes a table and a section with every picture', () => {
    expect(outcome.table.rows.map((row) => row.length)).toEqual(plan.variants.map(() => outcome.table.columns.length))
    expect(outcome.html.match(/<svg /g)).toHaveLength(8)
    expect(outcome.html.match(/<img src="data:image\/png/g)).toHaveLength(8)
    expect(outcome.html).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('acceptance bars', () => {
  /** @returns {any} what the bars look at */
  const summary = (id, points, more = {}) => ({ variant: { id }, accuracy: 0.95 + points / 100, agrees: true, ...more })
  const reached = [
    summary('fp32', 0),
    summary('fp8-headroom-3', -0.6),
    summary('fp8-headroom-0', -1.1),
    summary('luq', -1.1),
    summary('prune-90', -1.7, { sparsity: { mean: 0.895, sd: 0.01 } }),
  ]
  const missed = [
    summary('fp8-headroom-3', -0.8),
    summary('fp8-headroom-0', -0.9),
    summary('luq', -1.3),
    summary('prune-90', -1.9, { sparsity: { mean: 0.911, sd: 0.016 }, agrees: false }),
  ]

  it('are reached', () => {
    expect(acceptanceBars(reached).filter(({ ok }) => !ok)).toEqual([])
  })

  it('can each be missed', () => {
    expect(acceptanceBars([reached[0], ...missed]).filter(({ ok }) => ok)).toEqual([])
  })
})
