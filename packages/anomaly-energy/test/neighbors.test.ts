import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { projectionSize } from '../src/neighbors.js'
import { backends } from './backends.js'
import { expectClose, expectError, expectRejection, uniform } from './support.js'

describe.each(backends)('neighbors: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it('scores no patches 0, one neighbor by its distance, and more than there are as all', () => {
    const bank = k.memoryBank(Float32Array.from([0, 0, 1, 0, 0, 2, 3, 3, 3, 4, 6, 0]), 2)
    const patches = Float32Array.from([1, 1, 5, 4, 0, 0.5])
    expect(bank.imageScore(patches, 1)).toBe(2)
    expect(bank.imageScore(new Float32Array(0))).toBe(0)
    expect(bank.imageScore(patches, 100)).toBe(bank.imageScore(patches, 6))
  })

  it('k-center stops when every row is in', async () => {
    const points = Float32Array.from([0, 0, 4, 0, 0, 4, 4, 4, 2, 2, 1, 3, 3, 1, 4, 4])
    // (4, 4) twice: the seven different rows are everything.
    expect((await k.coreset(points, 2, { m: 8, start: 0, seed: 0 })).size).toBe(7)
    expect((await k.coreset(points, 2, { m: 800, start: 0, seed: 0 })).size).toBe(7)
  })

  it('finds what a search of all pairs finds', async () => {
    const [n, m, d] = [30, 200, 33]
    const [q, b] = [uniform(n * d, 1), uniform(m * d, 2)]
    const { dist, index } = k.memoryBank(b, d).querySync(q, 4)
    for (let i = 0; i < n; i++) {
      const all = Array.from({ length: m }, (_, j) => {
        let s = 0
        for (let t = 0; t < d; t++) s += (q[i * d + t] - b[j * d + t]) ** 2
        return { j, s: Math.sqrt(s) }
      }).sort((x, y) => x.s - y.s)
      expect([...index.subarray(4 * i, 4 * i + 4)]).toEqual(all.slice(0, 4).map(({ j }) => j))
      expectClose(
        dist.subarray(4 * i, 4 * i + 4),
        all.slice(0, 4).map(({ s }) => s),
        1e-6,
      )
    }
  })

  it('covers no worse than twice the optimum, with radii that never grow', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 3,
          maxLength: 9,
        }),
        async (points) => {
          const f = Float32Array.from(points.flat())
          const radius = (centers: number[][]) =>
            Math.max(...points.map(([x, y]) => Math.min(...centers.map(([a, b]) => Math.hypot(x - a, y - b)))))
          let before = Infinity
          for (let m = 1; m <= 3; m++) {
            const { rows } = await k.coreset(f, 2, { m, seed: 1 })
            const centers = Array.from({ length: rows.length / 2 }, (_, i) => [rows[2 * i], rows[2 * i + 1]])
            const r = radius(centers)
            expect(r).toBeLessThanOrEqual(before)
            before = r
            if (m === 2) {
              const pairs = points.flatMap((a) => points.map((b) => radius([a, b])))
              expect(r).toBeLessThanOrEqual(2 * Math.min(...pairs) + 1e-9)
            }
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('projects where that is smaller, and the same for the same seed', async () => {
    const [n, d] = [60, 400]
    const f = uniform(n * d, 4)
    const a = await k.coreset(f, d, { ratio: 0.2, seed: 5n })
    const b = await k.coreset(f, d, { m: 12, seed: 5 })
    expect(a.rows).toEqual(b.rows)
    const other = await k.coreset(f, d, { m: 12, project: 0, seed: 5 })
    expect(other.size).toBe(12)
    expect(projectionSize(157_000)).toBe(295)
    expect((k.fromBytes(a.toBytes()) as typeof a).querySync(f, 2)).toEqual(a.querySync(f, 2))
  })

  it('clamps k, and says what is wrong', async () => {
    const bank = k.memoryBank(uniform(20, 1), 4)
    expect((await bank.query(uniform(8, 2), 99)).index.length).toBe(10)
    await expectRejection(bank.query(uniform(8, 2), 0), RangeError, 'RANGE', 'k')
    await expectRejection(bank.query(uniform(7, 2), 1), RangeError, 'LENGTH', 'q')
    await expectRejection(k.coreset(uniform(8, 1), 2, { m: 3 } as never), TypeError, 'TYPE', 'seed')
    await expectRejection(k.coreset(uniform(8, 1), 2, { start: 4, seed: 0 }), RangeError, 'RANGE', 'start')
    bank.dispose()
    bank.dispose()
    expectError(() => bank.size, Error, 'DISPOSED')
  })
})
