import { expect, it } from 'vitest'
import type { Timing } from '../harness/measure.js'
import { type PeerTiming, peerRows, type Target } from '../harness/peer-rows.js'

const ours = (more: Partial<Timing>): Timing => ({
  ...{ group: 'blur', backend: 'native', isa: 'avx2', threads: 1, n: 1000 },
  ...{ median: 2000, low: 1900, high: 2100, samples: 9 },
  ...more,
})
const theirs = (more: Partial<PeerTiming> = {}): PeerTiming => ({
  ...{ peer: 'scipy', version: '1.0', operation: 'blur', n: 1000, threads: 1, ns: 20 },
  ...more,
})
const targets: Target[] = [
  { peer: 'scipy', operation: /blur/, native: 12, wasm: null },
  { peer: 'torch', native: { 'sse4.1': 2, avx2: 9 }, wasm: 1, label: 'all of torch' },
]

it('divides the medians of processes, per element', () => {
  const rows = peerRows([theirs({ ns: 10 }), theirs({ ns: 30 }), theirs({ ns: 20 })], [ours({})], targets)
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ case: 'blur, 1,000', ours: 2, theirs: 20, unit: 'ns/element', ratio: 10 })
  expect(rows[0]).toMatchObject({ target: 12, met: false, group: 'blur', peerVersion: '1.0' })
})

it('an operation with its size in its name is in milliseconds', () => {
  const [row] = peerRows([theirs({ n: 1, ns: 6e6 })], [ours({ n: 1, median: 2e6 })], targets)
  expect(row).toMatchObject({ case: 'blur', ours: 2, theirs: 6, unit: 'ms', ratio: 3 })
})

it('compares the same work on as many threads only', () => {
  const all = [ours({}), ours({ threads: 2 }), ours({ group: 'sort' }), ours({ n: 10 })]
  const rows = peerRows([theirs({ threads: 2 })], all, targets)
  expect(rows.map((row) => [row.case, row.threads])).toEqual([['blur, 1,000, 2 threads', 2]])
})

it('a plain target speaks of the widest instruction set, one by instruction set of each', () => {
  const all = [ours({ isa: 'sse4.1' }), ours({}), ours({ backend: 'wasm', isa: 'simd128' })]
  const of = (peer: string) => peerRows([theirs({ peer })], all, targets).map((row) => [row.target, row.met, row.group])
  expect(of('scipy')).toEqual([
    [null, null, 'blur'],
    [12, false, 'blur'],
    [null, null, 'blur'],
  ])
  expect(of('torch')).toEqual([
    [2, true, 'all of torch'],
    [9, true, 'all of torch'],
    [1, true, 'all of torch'],
  ])
  expect(of('unknown')).toEqual([
    [null, null, 'blur'],
    [null, null, 'blur'],
    [null, null, 'blur'],
  ])
})
