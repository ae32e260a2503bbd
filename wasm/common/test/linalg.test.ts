import { describe, expect, it } from 'vitest'
import { digest, sequence } from './digest.js'
import { arrays, f64, probe, spec, u64 } from './probe.js'

interface Golden {
  n: number
  d: number
  scatter: string
  part: string
  cholesky: string
  inverse: string
  precision: string
  logDeterminant: string
}

const uniform = (n: number) => Array.from(sequence(n), (w) => w * 2 ** -31 - 1)
const digestOf = (at: number, n: number) => digest(u64(at, n))

describe('exact functions', () => {
  it.each(spec('linalg-goldens.json').cases as Golden[])('have the golden bits for n = $n, d = $d', (golden) => {
    const { n, d } = golden
    const [x, a, other, row] = arrays(8 * n * d, 8 * d * d, 8 * d * d, 8 * d)
    f64(x, n * d).set(uniform(n * d))
    probe.outerSums(x, d, 0, n, 0, d, 0, d, a, d)
    expect(digestOf(a, d * d)).toBe(golden.scatter)

    const [half, quarter] = [Math.floor(d / 2), Math.floor(d / 4)]
    probe.outerSums(x, d, Math.floor(n / 3), n, half, d, quarter, d, other, d - quarter)
    expect(digestOf(other, (d - half) * (d - quarter))).toBe(golden.part)

    for (let i = 0; i < d; i++) f64(a, d * d)[i * d + i] += 1
    for (const [begin, end] of [
      [0, half],
      [half, d],
    ])
      expect(probe.cholesky(d, begin, end, a)).toBe(1)
    expect(digestOf(a, d * d)).toBe(golden.cholesky)
    f64(row, 1)[0] = probe.logDeterminant(d, a)
    expect(digestOf(row, 1)).toBe(golden.logDeterminant)

    probe.triangularInverse(d, 0, quarter, a, row)
    probe.triangularInverse(d, quarter, d, a, row)
    expect(digestOf(a, d * d)).toBe(golden.inverse)
    probe.outerSums(a, d, 0, d, 0, d, 0, d, other, d)
    expect(digestOf(other, d * d)).toBe(golden.precision)
  })

  it.each([[[0]], [[Number.NaN]], [[1, 2, 2, 1]], [[1, 1, 1, 1]], [[4, 0, 2, 1 + 2 ** -52]]])(
    'refuse %j, which is not positive',
    (values) => {
      const [a] = arrays(8 * values.length)
      f64(a, values.length).set(values)
      const d = Math.sqrt(values.length)
      expect(probe.cholesky(d, 0, d, a)).toBe(0)
    },
  )
})

/** Symmetric with these eigenvalues: reflections from both sides. */
function withSpectrum(values: number[]): number[][] {
  const d = values.length
  let a = values.map((value, i) => values.map((_, j) => (i === j ? value : 0)))
  const words = uniform(3 * d)
  for (let round = 0; round < 3; round++) {
    const v = words.slice(round * d, round * d + d)
    const norm = v.reduce((sum, x) => sum + x * x, 0)
    for (let side = 0; side < 2; side++) {
      a = a.map((row) => {
        const s = (2 * row.reduce((sum, x, j) => sum + x * v[j], 0)) / norm
        return row.map((x, j) => x - s * v[j])
      })
      a = a[0].map((_, j) => a.map((row) => row[j]))
    }
  }
  return a.map((row, i) => row.map((x, j) => (x + a[j][i]) / 2))
}

function decompose(matrix: number[][]): { values: Float64Array; vectors: Float64Array } {
  const d = matrix.length
  const [a, values, work] = arrays(8 * d * d, 8 * d, 8 * (8 * d + 64))
  f64(a, d * d).set(matrix.flat())
  for (let step = 0; step < 3 * d; step++) expect(probe.symEigStep(d, step, a, values, work)).toBe(1)
  return { values: f64(values, d).slice(), vectors: f64(a, d * d).slice() }
}

function check(matrix: number[][]): Float64Array {
  const d = matrix.length
  const { values, vectors } = decompose(matrix)
  const largest = Math.max(...values.map(Math.abs))
  let [residual, overlap] = [0, 0]
  for (let i = 0; i < d; i++) {
    const row = vectors.subarray(i * d, i * d + d)
    if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1])
    for (let k = 0; k < d; k++) {
      const product = matrix[k].reduce((sum, x, j) => sum + x * row[j], 0)
      residual = Math.max(residual, Math.abs(product - values[i] * row[k]))
      const cosine = row.reduce((sum, x, j) => sum + x * vectors[k * d + j], 0)
      overlap = Math.max(overlap, Math.abs(cosine - (i === k ? 1 : 0)))
    }
    const first = row.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0)
    expect(first).toBeGreaterThan(0)
  }
  expect(residual).toBeLessThanOrEqual(1e-13 * d * largest)
  expect(overlap).toBeLessThanOrEqual(1e-13 * d)
  return values
}

describe('symEigStep', () => {
  it.each([1, 2, 3, 5, 8, 17, 33, 64, 101])('decomposes, d = %i', (d) => {
    const spectrum = uniform(d).map((v) => 10 * v)
    const found = check(withSpectrum(spectrum))
    spectrum.sort((x, y) => y - x)
    for (let i = 0; i < d; i++) expect(Math.abs(found[i] - spectrum[i])).toBeLessThan(1e-12 * d)
  })
  const indices = [...Array(40).keys()]
  const half = indices.map((i) => (i < 20 ? 3 : -1))
  it.each([
    ['zero', indices.map(() => indices.map(() => 0))],
    ['the identity', indices.map((i) => indices.map((j) => (i === j ? 1 : 0)))],
    ['of rank one', indices.map(() => indices.map(() => 1))],
    ['with equal eigenvalues', withSpectrum(half)],
    ['with a wide spectrum', withSpectrum(indices.map((i) => 10 ** -i))],
    ['with large numbers', withSpectrum(half).map((row) => row.map((x) => x * 1e300))],
    ['with small numbers', withSpectrum(half).map((row) => row.map((x) => x * 1e-300))],
  ])('decomposes a matrix %s', (_, matrix) => {
    check(matrix)
  })
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (bad) => {
    const [a, values, work] = arrays(8 * 4, 8 * 2, 8 * (8 * 2 + 64))
    f64(a, 4).set([1, bad, bad, 1])
    expect(probe.symEigStep(2, 0, a, values, work)).toBe(0)
  })
})
