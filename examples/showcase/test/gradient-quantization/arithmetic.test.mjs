import { describe, expect, it } from 'vitest'
import { exp } from '../../gradient-quantization/exp.mjs'
import { multiply, rowMajor, transposed } from '../../gradient-quantization/matrix.mjs'
import { normals, permutation } from '../../gradient-quantization/random.mjs'

describe('multiply', () => {
  // Zeros included, and numbers of columns with and without a rest.
  it.each([
    [5, 7, 3],
    [16, 10, 40],
    [3, 24, 1],
    [1, 1, 200],
  ])('sums %i × %i products over %i in order, in f64', (rows, columns, inner) => {
    const a = normals(rows * inner, 1, 3, 0).map((x) => (x < -0.3 ? 0 : x))
    const b = normals(inner * columns, 1, 4, 0)
    const expected = Float32Array.from({ length: rows * columns }, (_, at) => {
      let sum = 0
      for (let k = 0; k < inner; k++) {
        sum += a[Math.floor(at / columns) * inner + k] * b[k * columns + (at % columns)]
      }
      return sum
    })
    const out = new Float32Array(rows * columns)
    multiply(out, rows, columns, inner, rowMajor(a, inner), rowMajor(b, columns))
    expect(out).toEqual(expected)

    const flipped = (matrix, from, to) =>
      Float32Array.from(matrix, (_, i) => matrix[(i % from) * to + Math.floor(i / from)])
    const at = transposed(rowMajor(flipped(a, rows, inner), rows))
    const bt = transposed(rowMajor(flipped(b, inner, columns), inner))
    multiply(out.fill(0), rows, columns, inner, at, bt)
    expect(out).toEqual(expected)
  })

  it('refuses more terms than its strip holds', () => {
    const a = rowMajor(new Float32Array(8193), 8193)
    expect(() => multiply(new Float32Array(1), 1, 1, 8193, a, a)).toThrow(RangeError)
  })
})

it('exp has a relative error below 1e-15', () => {
  let worst = 0
  for (let x = 0; x > -700; x -= 0.0137) worst = Math.max(worst, Math.abs(exp(x) / Math.exp(x) - 1))
  expect(worst).toBeLessThan(1e-15)
  expect([exp(0), exp(-1000)]).toEqual([1, 0])
})

it('permutation is one, its own for every stream', () => {
  const a = permutation(1000, 1, 0)
  expect([...a].sort((x, y) => x - y)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
  expect(permutation(1000, 1, 0)).toEqual(a)
  expect(permutation(1000, 1, 1)).not.toEqual(a)
})

it('normals have the deviation asked for', () => {
  const x = normals(20_001, 0.5, 1, 0)
  expect(x).toHaveLength(20_001)
  expect(Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length)).toBeCloseTo(0.5, 2)
})
