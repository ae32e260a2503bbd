// Nearest neighbors, the coreset and projections against brute force.
import { describe, expect, it } from 'vitest'
import { f as f32, sum16 } from '../../../packages/anomaly-energy/test/reference/numbers.js'
import { expectSame, type Loose, run, samplesOf } from './core.js'

const distance = (a: Float32Array, b: Float32Array) =>
  sum16(a.length, (i) => {
    const t = f32(a[i] - b[i])
    return f32(t * t)
  })
const rowOf = (x: Float32Array, d: number, i: number) => x.subarray(i * d, (i + 1) * d)

it('norms and distances of rows', () => {
  for (const sample of samplesOf('rowNorms')) {
    const { x, n, d } = sample as Loose
    const zero = new Float32Array(d)
    expectSame(
      run('rowNorms', sample).arrays.out,
      Float32Array.from({ length: n }, (_, i) => distance(rowOf(x, d, i), zero)),
    )
  }
  for (const sample of samplesOf('rowDistances')) {
    const { x, y, n, d } = sample as Loose
    expectSame(
      run('rowDistances', sample).arrays.out,
      Float32Array.from({ length: n }, (_, i) => distance(rowOf(x, d, i), y)),
    )
  }
})

function neighbors({ q, bank, n, m, d, k }: Loose) {
  const dist = new Float32Array(n * k)
  const index = new Uint32Array(n * k)
  for (let i = 0; i < n; i++) {
    const all = Array.from({ length: m }, (_, j) => ({ s: distance(rowOf(q, d, i), rowOf(bank, d, j)), j }))
    all.sort((a, b) => a.s - b.s || a.j - b.j)
    for (let r = 0; r < k; r++) {
      dist[i * k + r] = Math.sqrt(all[r].s)
      index[i * k + r] = all[r].j
    }
  }
  return { dist, index }
}

describe('nearest', () => {
  it('finds what brute force finds, ties by lowest index', () => {
    for (const sample of samplesOf('nearest')) {
      const { arrays } = run('nearest', sample)
      const expected = neighbors(sample)
      expectSame(arrays.index, expected.index)
      expectSame(arrays.dist, expected.dist)
    }
  })
  it('where all distances are far smaller than the norms', () => {
    const [n, m, d, k] = [9, 203, 31, 4]
    const far = (count: number, seed: number) =>
      Float32Array.from({ length: count * d }, (_, i) => 1e4 + Math.sin(seed * i * i) / 64)
    const [q, bank] = [far(n, 0.7), far(m, 0.3)]
    const norms = Float32Array.from({ length: m }, (_, i) => distance(rowOf(bank, d, i), new Float32Array(d)))
    const sample = { q, bank, norms, n, m, d, k }
    const { arrays } = run('nearest', sample)
    const expected = neighbors(sample)
    expectSame(arrays.index, expected.index)
    expectSame(arrays.dist, expected.dist)
  })
  it.each([1e-22, 3e-20, 1e18])('where squares are subnormal or overflow (%d)', (scale) => {
    const [n, m, d, k] = [5, 41, 19, 3]
    const data = (count: number, seed: number) =>
      Float32Array.from({ length: count * d }, (_, i) => scale * (3 + Math.sin(seed * i * i)))
    const [q, bank] = [data(n, 0.7), data(m, 0.3)]
    const norms = Float32Array.from({ length: m }, (_, i) => distance(rowOf(bank, d, i), new Float32Array(d)))
    const { arrays } = run('nearest', { q, bank, norms, n, m, d, k })
    const expected = neighbors({ q, bank, n, m, d, k })
    expectSame(arrays.index, expected.index)
    expectSame(arrays.dist, expected.dist)
  })
  it('gives the scores of a small bank', () => {
    const bank = Float32Array.of(0, 0, 1, 0, 0, 2, 3, 3, 3, 4, 6, 0)
    const q = Float32Array.of(1, 1, 5, 4, 0, 0.5)
    const norms = Float32Array.of(0, 1, 4, 18, 25, 36)
    const { arrays } = run('nearest', { q, bank, norms, n: 3, m: 6, d: 2, k: 1 })
    expect([...arrays.dist]).toEqual([1, 2, 0.5])
    expect([...arrays.index]).toEqual([1, 4, 0])
  })
})

function coreset({ x, n, d, m, picks }: Loose) {
  const dist = new Float32Array(n).fill(Number.POSITIVE_INFINITY)
  const owner = new Uint32Array(n)
  const order = [picks[0]]
  const radii: number[] = []
  while (radii.length < m && radii.at(-1) !== 0) {
    const j = radii.length
    for (let i = 0; i < n; i++) {
      const s = distance(rowOf(x, d, i), rowOf(x, d, order[j]))
      if (s < dist[i]) {
        dist[i] = s
        owner[i] = j
      }
    }
    const largest = dist.reduce((a, b) => Math.max(a, b))
    order.push(dist.indexOf(largest))
    radii.push(f32(Math.sqrt(largest)))
  }
  return { dist, owner, order, radii }
}

describe('kcenter', () => {
  it('picks as brute force does', () => {
    for (const sample of samplesOf('kcenter')) {
      const { arrays, report } = run('kcenter', sample)
      const { dist, owner, order, radii } = coreset(sample)
      expect(report.count).toBe(radii.length)
      expect([...arrays.picks].slice(0, order.length)).toEqual(order)
      expect([...arrays.radii].slice(0, radii.length)).toEqual(radii)
      expectSame(arrays.dist, dist)
      expectSame(arrays.owner, owner)
    }
  })
  const picksOf = (x: number[], d: number, m: number) => {
    const n = x.length / d
    const { arrays, report } = run('kcenter', {
      x: Float32Array.from(x),
      n,
      d,
      m,
      steps: m,
      dist: new Float32Array(n).fill(Number.POSITIVE_INFINITY),
      owner: new Uint32Array(n),
      gaps: new Float32Array(m),
      picks: new Uint32Array(m + 1),
      radii: new Float32Array(m),
      state: new Float64Array(8),
    })
    return { picks: [...arrays.picks].slice(0, m).map(Number), radii: [...arrays.radii], count: report.count }
  }
  it('gives the picks and radii of the small examples', () => {
    expect(picksOf([0, 1, 2, 4, 8, 16], 1, 5)).toEqual({ picks: [0, 5, 4, 3, 2], radii: [16, 8, 4, 2, 1], count: 5 })
    const plane = [0, 0, 4, 0, 0, 4, 4, 4, 2, 2, 1, 3, 3, 1, 4, 4]
    expect(picksOf(plane, 2, 6).picks).toEqual([0, 3, 1, 2, 4, 5])
  })
  it('stops when every row is a copy of a pick', () => {
    const { count, radii } = picksOf([7, 9, 7, 9, 7, 9, 7, 9], 2, 4)
    expect({ count, first: radii[0] }).toEqual({ count: 1, first: 0 })
  })
})

it('projects rows on sparse signs', () => {
  for (const sample of samplesOf('sparseProject')) {
    const { x, offsets, entries, n, d, k, scale } = sample as Loose
    const expected = Float32Array.from({ length: n * k }, (_, i) => {
      let s = 0
      for (let e = offsets[i % k]; e < offsets[(i % k) + 1]; e++) {
        const v = x[Math.floor(i / k) * d + (entries[e] >>> 1)]
        s = f32(s + (entries[e] & 1 ? -v : v))
      }
      return f32(scale) * s
    })
    expectSame(run('sparseProject', sample).arrays.y, expected)
  }
})
