import { describe, expect, it } from 'vitest'
import { element, linear, spread, ticks } from '../../lib/svg.mjs'

describe('svg', () => {
  it('puts ticks on round values inside of the domain', () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
    expect(ticks([-33.5, -3], 8)).toEqual([-30, -25, -20, -15, -10, -5])
  })

  it('maps a domain to pixels', () => {
    const x = linear([10, 20], [100, 0])
    expect([x(10), x(15), x(20)]).toEqual([100, 50, 0])
  })

  it('moves labels apart, no farther than needed, within their bounds', () => {
    expect(spread([50, 50, 50], 10, [0, 100])).toEqual([40, 50, 60])
    expect(spread([10, 90], 10, [0, 100])).toEqual([10, 90])
    expect(spread([99, 98], 10, [0, 100])).toEqual([100, 90])
    const many = spread([5, 5, 5, 30, 31, 90], 8, [0, 100]).sort((a, b) => a - b)
    for (let i = 1; i < many.length; i++) expect(many[i] - many[i - 1]).toBeGreaterThanOrEqual(8 - 1e-9)
  })

  it('escapes attributes', () => {
    expect(element('g', { 'aria-label': '"<&>"', x: 1.23456, y: undefined }, 'a')).toBe(
      '<g aria-label="&quot;&lt;&amp;&gt;&quot;" x="1.23">a</g>',
    )
  })
})
