import { describe, expect, it } from 'vitest'
import { arrays, f32, f64, probe } from './probe.js'

/** Random numbers in [−1, 1). */
function numbers(seed: number, n: number): number[] {
  let state = (seed * 0x9e3779b1) | 1
  return Array.from({ length: n }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state | 0) * 2 ** -31
  })
}

const shapes = [
  [0, 3, 4],
  [1, 1, 0],
  [1, 1, 1],
  [3, 5, 7],
  [4, 8, 16],
  [5, 9, 33],
  [12, 32, 256],
  [13, 31, 257],
  [25, 70, 600],
  [64, 49, 49],
]

describe.each([
  { type: 'f32', size: 4, view: f32, run: probe.gemmF32, round: Math.fround },
  { type: 'f64', size: 8, view: f64, run: probe.gemmF64, round: (v: number) => v },
])('gemm, $type', ({ size, view, run, round }) => {
  describe.each([false, true])('transposed %j', (transposed) => {
    it.each(shapes)('%i × %i by %i has the written order of sums', (rows, n, k) => {
      for (const [alpha, beta] of [
        [1, 0],
        [1, 1],
        [-1.5, 0.75],
      ]) {
        const [as, bs, cs] = [k + 1, (transposed ? k : n) + 2, n + 3]
        const aValues = numbers(1, rows * as).map(round)
        const bValues = numbers(2, (transposed ? n : k) * bs).map(round)
        const cValues = numbers(3, rows * cs).map(round)
        for (const extra of [0, 3000]) {
          const length = probe.gemmWorkspace(k) + extra
          const [a, b, c, work] = [aValues, bValues, cValues, { length }].map((v) => v.length * size)
          const [atA, atB, atC, atWork] = arrays(a, b, c, work)
          view(atA, aValues.length).set(aValues)
          view(atB, bValues.length).set(bValues)
          view(atC, cValues.length).set(beta === 0 ? cValues.map(() => Number.NaN) : cValues)
          run(rows, n, k, alpha, atA, as, atB, bs, transposed ? 1 : 0, beta, atC, cs, atWork, length)
          const found = view(atC, cValues.length)
          for (let i = 0; i < rows; i++) {
            const expected = Array.from({ length: n }, (_, j) => {
              let result = beta === 0 ? 0 : beta === 1 ? cValues[i * cs + j] : round(beta * cValues[i * cs + j])
              for (let p0 = 0; p0 < k; p0 += 256) {
                let sum = 0
                for (let p = p0; p < Math.min(k, p0 + 256); p++)
                  sum = round(sum + round(aValues[i * as + p] * bValues[transposed ? j * bs + p : p * bs + j]))
                result = round(result + round(alpha * sum))
              }
              return result
            })
            expect(Array.from(found.subarray(i * cs, i * cs + n))).toEqual(expected)
            // What lies between the rows stays.
            expect(found[i * cs + n]).toBe(beta === 0 ? Number.NaN : cValues[i * cs + n])
          }
        }
      }
    })
  })
})
