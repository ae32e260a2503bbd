/** The rows of the topics `lse`, `gaussian` and `subspace`, one number at a time. */
import { exp32, f, firstNonFinite, log32, sum8, sum16 } from './numbers.js'
import type { Rows } from './rows.js'

const triangle = (d: number) => (d * (d + 1)) / 2
type Data = Float32Array | Float64Array

function freeEnergyRow(x: Float32Array, t: number, gradient?: Float32Array): number {
  const k = x.length
  if (x.some(Number.isNaN)) {
    gradient?.fill(Number.NaN)
    return Number.NaN
  }
  const r = f(1 / t)
  const m = x.reduce((a, b) => Math.max(a, b), -Infinity)
  const e = x.map((v) => (Number.isFinite(m) ? exp32(f(f(v - m) * r)) : v === m ? 1 : 0))
  const s = sum16(k, (i) => e[i])
  gradient?.set(e.map((v) => -f(v / s)))
  return Number.isFinite(m) ? -f(m + f(t * log32(s))) : -m
}

function blockMoments(x: Data, begin: number, size: number, d: number): { mean: Float64Array; m2: Float64Array } {
  const mean = new Float64Array(d)
  for (let r = begin; r < begin + size; r++) for (let i = 0; i < d; i++) mean[i] += x[r * d + i]
  for (let i = 0; i < d; i++) mean[i] /= size
  const m2 = new Float64Array(d * d)
  for (let r = begin; r < begin + size; r++) {
    for (let i = 0; i < d; i++) {
      const c = x[r * d + i] - mean[i]
      for (let j = i; j < d; j++) m2[i * d + j] += c * (x[r * d + j] - mean[j])
    }
  }
  return { mean, m2 }
}

const covBlocks: Rows['covBlocks64'] = (x, n, d, _rows, means, m2) => {
  for (let b = 0; b * 256 < n; b++) {
    const block = blockMoments(x, b * 256, Math.min(256, n - b * 256), d)
    means.set(block.mean, b * d)
    m2.set(block.m2, b * d * d)
  }
  return 0
}

/** Merges one block into mean and the upper triangle of m2 (whole matrices). */
function chan(a: number, nb: number, mean: Float64Array, m2: Float64Array, meanB: Float64Array, m2b: Float64Array) {
  const d = mean.length
  if (a === 0) {
    mean.set(meanB)
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) m2[i * d + j] = m2b[i * d + j]
    return
  }
  const share = nb / (a + nb)
  const g = a * share
  const delta = meanB.map((v, i) => v - mean[i])
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) m2[i * d + j] = m2[i * d + j] + m2b[i * d + j] + delta[i] * delta[j] * g
    mean[i] = mean[i] + delta[i] * share
  }
}

/** False when not positive definite. */
function cholesky(a: Float64Array, d: number): boolean {
  for (let i = 0; i < d; i++) {
    const diagonal = a[i * d + i]
    for (let j = 0; j <= i; j++) {
      const v = a[i * d + j] - sum8(j, (k) => a[i * d + k] * a[j * d + k])
      if (j < i) a[i * d + j] = v / a[j * d + j]
      else {
        if (!(v > diagonal * (d * 2 ** -52))) return false
        a[i * d + i] = Math.sqrt(v)
      }
    }
  }
  return true
}

function invert(a: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) {
    const line = a.slice(i * d, (i + 1) * d)
    const r = 1 / line[i]
    a.fill(0, i * d, (i + 1) * d)
    for (let j = 0; j < i; j++) {
      let s = 0
      for (let k = j; k < i; k++) s += line[k] * a[k * d + j]
      a[i * d + j] = -(s * r)
    }
    a[i * d + i] = r
  }
}

const centerRows: Rows['centerRows64'] = (x, mean, _n, d, out, report) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i] - mean[i % d]
  report[0] = firstNonFinite(x)
  return 0
}

/** Σ (W v)² with W packed. */
function whitened(v: Float32Array, factor: Float32Array): number {
  let total = 0
  for (let i = 0; i < v.length; i++) {
    let y = 0
    for (let j = 0; j <= i; j++) y += factor[triangle(i) + j] * v[j]
    total += y * y
  }
  return total
}

/** Cyclic Jacobi: slow and plain. */
export function jacobi(a: Float64Array, d: number): { values: Float64Array; vectors: Float64Array } {
  const m = a.slice()
  const v = new Float64Array(d * d).map((_, i) => (i % (d + 1) === 0 ? 1 : 0))
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let p = 0; p < d; p++) {
      for (let q = p + 1; q < d; q++) {
        if (Math.abs(m[p * d + q]) < 1e-300) continue
        const theta = (m[q * d + q] - m[p * d + p]) / (2 * m[p * d + q])
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < d; k++) {
          const [x, y] = [m[k * d + p], m[k * d + q]]
          m[k * d + p] = c * x - s * y
          m[k * d + q] = s * x + c * y
        }
        for (let k = 0; k < d; k++) {
          const [x, y] = [m[p * d + k], m[q * d + k]]
          m[p * d + k] = c * x - s * y
          m[q * d + k] = s * x + c * y
          const [u, w] = [v[p * d + k], v[q * d + k]]
          v[p * d + k] = c * u - s * w
          v[q * d + k] = s * u + c * w
        }
      }
    }
  }
  const order = [...Array(d).keys()].sort((i, j) => m[j * d + j] - m[i * d + i])
  const vectors = new Float64Array(d * d)
  order.forEach((from, to) => {
    const line = v.slice(from * d, (from + 1) * d)
    const peak = line.reduce((best, value, i) => (Math.abs(value) > Math.abs(line[best]) ? i : best), 0)
    vectors.set(line[peak] < 0 ? line.map((value) => -value) : line, to * d)
  })
  return { values: Float64Array.from(order, (i) => m[i * d + i]), vectors }
}

const gramRows: Rows['gramRows64'] = (x, mean, n, d, _rows, gram) => {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0
      for (let k = 0; k < d && j <= i; k++) s += (x[i * d + k] - mean[k]) * (x[j * d + k] - mean[k])
      gram[i * n + j] = s
    }
  }
  return 0
}

const dualBasis: Rows['dualBasis64'] = (x, mean, weights, n, d, rows, basis) => {
  basis.fill(0, 0, rows * d)
  for (let i = 0; i < rows; i++)
    for (let r = 0; r < n; r++)
      for (let k = 0; k < d; k++) basis[i * d + k] += weights[i * n + r] * (x[r * d + k] - mean[k])
  return 0
}

export const gaussianRows = {
  freeEnergy(logits, n, k, temperature, energy, gradient, report) {
    for (let i = 0; i < n; i++) {
      const line = logits.subarray(i * k, (i + 1) * k)
      energy[i] = freeEnergyRow(line, f(temperature), gradient?.subarray(i * k, (i + 1) * k))
    }
    report[0] = firstNonFinite(logits)
    return 0
  },
  covBlocks: covBlocks as unknown as Rows['covBlocks'],
  covBlocks64: covBlocks,
  covMerge(count, blocks, d, _rows, sizes, means, m2s, mean, newMean, m2) {
    newMean.set(mean)
    let a = count
    for (let b = 0; b < blocks; b++) {
      chan(a, sizes[b], newMean, m2, means.subarray(b * d, (b + 1) * d), m2s.subarray(b * d * d, (b + 1) * d * d))
      a += sizes[b]
    }
    return 0
  },
  choleskyFactor: (d, _rows, a) => (cholesky(a, d) ? 0 : 1),
  triangularInverse(d, _rows, a) {
    invert(a, d)
    return 0
  },
  precision(w, d, _rows, a) {
    a.fill(0, 0, d * d)
    for (let k = 0; k < d; k++)
      for (let i = 0; i <= k; i++) for (let j = 0; j <= k; j++) a[i * d + j] += w[k * d + i] * w[k * d + j]
    return 0
  },
  centerRows: centerRows as unknown as Rows['centerRows'],
  centerRows64: centerRows,
  finite(x, report) {
    report[0] = firstNonFinite(x)
    return 0
  },
  finite64(x, report) {
    report[0] = firstNonFinite(x)
    return 0
  },
  whitenRows(v, factor, n, d, out) {
    for (let i = 0; i < n; i++) out[i] = whitened(v.subarray(i * d, (i + 1) * d), factor)
    return 0
  },
  gatherLocations(x, n, c, plane, rows, mean, out) {
    for (let u = 0; u < rows; u++)
      for (let i = 0; i < n; i++)
        for (let k = 0; k < c; k++) {
          const value = x[(i * c + k) * plane + u]
          out[(u * n + i) * c + k] = mean === undefined ? value : value - mean[u * c + k]
        }
    return 0
  },
  locationCov(v, n, c, rows, count, mean, m2) {
    for (let u = 0; u < rows; u++) {
      const block = blockMoments(v, u * n, n, c)
      const whole = new Float64Array(c * c)
      const packed = m2.subarray(u * triangle(c), (u + 1) * triangle(c))
      for (let i = 0; i < c; i++) for (let j = 0; j <= i; j++) whole[j * c + i] = packed[triangle(i) + j]
      chan(count, n, mean.subarray(u * c, (u + 1) * c), whole, block.mean, block.m2)
      for (let i = 0; i < c; i++) for (let j = 0; j <= i; j++) packed[triangle(i) + j] = whole[j * c + i]
    }
    return 0
  },
  locationFactor(m2, c, rows, divisor, ridge, factor, report) {
    let failed = Infinity
    for (let u = 0; u < rows; u++) {
      const a = new Float64Array(c * c)
      const at = u * triangle(c)
      for (let i = 0; i < c; i++)
        for (let j = 0; j <= i; j++) a[i * c + j] = m2[at + triangle(i) + j] / divisor + (i === j ? ridge : 0)
      const positive = cholesky(a, c)
      if (positive) invert(a, c)
      else failed = Math.min(failed, u)
      for (let i = 0; i < c; i++)
        for (let j = 0; j <= i; j++) factor[at + triangle(i) + j] = positive ? a[i * c + j] : 0
    }
    report[0] = failed
    return 0
  },
  locationDistances(v, factor, n, c, rows, out) {
    for (let u = 0; u < rows; u++) {
      const packed = factor.subarray(u * triangle(c), (u + 1) * triangle(c))
      for (let i = u * n; i < (u + 1) * n; i++) out[i] = Math.sqrt(whitened(v.subarray(i * c, (i + 1) * c), packed))
    }
    return 0
  },
  symEig(d, _steps, a, values) {
    const found = jacobi(a.slice(0, d * d), d)
    a.set(found.vectors)
    values.set(found.values)
    return 0
  },
  gramRows: gramRows as unknown as Rows['gramRows'],
  gramRows64: gramRows,
  dualBasis: dualBasis as unknown as Rows['dualBasis'],
  dualBasis64: dualBasis,
  projectRows(v, basis, n, d, k, z, fre, residual) {
    for (let i = 0; i < n; i++) {
      const rest = Float64Array.from(v.subarray(i * d, (i + 1) * d))
      const coordinates = new Float64Array(k)
      for (let j = 0; j < k; j++) for (let t = 0; t < d; t++) coordinates[j] += basis[j * d + t] * v[i * d + t]
      for (let j = 0; j < k; j++) for (let t = 0; t < d; t++) rest[t] -= basis[j * d + t] * coordinates[j]
      z.set(coordinates, i * k)
      residual?.set(rest, i * d)
      if (fre !== undefined) fre[i] = rest.reduce((s, r) => s + r * r, 0)
    }
    return 0
  },
} satisfies Partial<Rows>
