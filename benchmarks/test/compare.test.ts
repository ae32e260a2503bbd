import { describe, expect, it } from 'vitest'
import { compareResults, differ } from '../harness/compare.js'
import type { Timing } from '../harness/measure.js'
import type { Results } from '../harness/results.js'

const times = (median: number, spread = 0) => ({ median, low: median - spread, high: median + spread })

describe('two times', () => {
  it.each([
    [times(100), times(105), false],
    [times(100), times(107), true],
    [times(107), times(100), true],
    [times(100, 10), times(115, 10), false],
    [times(100, 10), times(125, 10), true],
    [times(100, 30), times(107), false],
  ])('%j and %j', (a, b, apart) => {
    expect(differ(a, b)).toBe(apart)
  })
})

const timing = (group: string, median: number, more: Partial<Timing> = {}): Timing => ({
  ...{ group, backend: 'wasm', isa: 'simd128', threads: 1, n: 1024, samples: 9 },
  ...times(median),
  ...more,
})
const results = (timings: Timing[]) =>
  ({ runtimes: [{ id: 'bun', label: 'bun 1', kernels: { k: timings } }] }) as unknown as Results

it('changes are sorted, the worst first; what only one has is counted', () => {
  const a = results([timing('same', 100), timing('slower', 100), timing('faster', 100), timing('gone', 1)])
  const b = results([timing('same', 101), timing('faster', 50), timing('slower', 200), timing('same', 9, { n: 7 })])
  const { changes, common, added, gone } = compareResults(a, b)
  expect(changes.map(({ is, speedup }) => [is.group, speedup])).toEqual([
    ['slower', 0.5],
    ['faster', 2],
  ])
  expect(changes[0]).toMatchObject({ kernel: 'k', runtime: 'bun' })
  expect([common, added, gone]).toEqual([3, 1, 1])
})
