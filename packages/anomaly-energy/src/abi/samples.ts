/** Samples of the rows on features, masks and maps: valid and nasty arguments, for parity tests and benchmarks. */
import type { Sample, SampleSource } from '@ukernels/runtime'
import { coarse, definite, doubles, finiteFloats, floats, lower, seedOf, triangle } from './sample-data.js'

const NASTY = [Number.NaN, Infinity, -Infinity, -0, 1e-45, 3.4e38, -3.4e38]

/** Logits with whole rows of infinities, single ones, NaNs and huge ranges among ordinary rows. */
function nastyLogits(s: SampleSource, n: number, k: number): Float32Array {
  const logits = floats(s, n * k, -20, 20)
  for (let row = 0; row < n; row += 5) {
    const kind = s.below(4)
    if (kind === 0) logits.fill(-Infinity, row * k, (row + 1) * k)
    else logits[row * k + s.below(k)] = NASTY[s.below(NASTY.length)]
  }
  return logits
}

const withNasty = (s: SampleSource, x: Float32Array): Float32Array => {
  const out = x.slice()
  if (out.length > 0) out[s.below(out.length)] = NASTY[s.below(3)]
  return out
}

const covariance = (data: (n: number) => Float32Array | Float64Array): Sample[] =>
  [
    [0, 3],
    [1, 1],
    [255, 2],
    [256, 49],
    [700, 17],
    [513, 33],
  ].map(([n, d]) => ({ x: data(n * d), n, d, rows: Math.ceil(n / 256) * d }))

const centered = (s: SampleSource, data: (n: number) => Float32Array | Float64Array): Sample[] =>
  [
    [0, 3],
    [1, 1],
    [200, 7],
    [65, 64],
  ].map(([n, d]) => ({ x: data(n * d), mean: doubles(s, d), n, d }))

const shapes = [
  [0, 5],
  [1, 1],
  [3, 7],
  [64, 64],
  [130, 65],
  [9, 200],
]

const grams = (s: SampleSource, data: (n: number) => Float32Array | Float64Array): Sample[] =>
  [
    [1, 5],
    [7, 300],
    [20, 33],
  ].map(([n, d]) => ({ x: data(n * d), mean: doubles(s, d), weights: doubles(s, n * n, -1, 1), n, d, rows: n }))

const locations = (s: SampleSource): Sample[] =>
  [
    { rows: 0, n: 2, c: 3 },
    { rows: 1, n: 1, c: 1 },
    { rows: 35, n: 3, c: 8 },
    { rows: 70, n: 5, c: 20 },
    { rows: 3, n: 256, c: 5 },
  ].map(({ rows, n, c }, i) => ({
    rows,
    n,
    c,
    plane: rows,
    x: floats(s, n * c * rows),
    v: floats(s, rows * n * c, -1, 1),
    count: i % 2 ? 300 : 0,
    mean: doubles(s, rows * c),
    m2: doubles(s, rows * triangle(c)),
    factor: floats(s, rows * triangle(c), -1, 1),
  }))

function scatters(s: SampleSource, rows: number, c: number): Float64Array {
  const out = new Float64Array(rows * triangle(c))
  for (let u = 0; u < rows; u++) {
    const a = definite(s, c)
    for (let i = 0; i < c; i++) for (let j = 0; j <= i; j++) out[u * triangle(c) + triangle(i) + j] = a[i * c + j]
  }
  return out
}

export const gaussianSamples = {
  freeEnergy: (s: SampleSource): Sample[] =>
    [
      [0, 10],
      [1, 1],
      [100, 3],
      [3000, 10],
      [40, 16],
      [33, 17],
      [7, 1000],
    ].flatMap(([n, k], i) => [
      { logits: floats(s, n * k, -9, 9), n, k, temperature: [1, 0.5, 3.7][i % 3] },
      { logits: nastyLogits(s, n, k), n, k, temperature: 2 },
    ]),

  covBlocks: (s: SampleSource) => covariance((n) => floats(s, n)),
  covBlocks64: (s: SampleSource) => covariance((n) => doubles(s, n, -1e3, 1e3)),
  covMerge: (s: SampleSource): Sample[] =>
    [
      [1, 1],
      [3, 5],
      [2, 37],
    ].flatMap(([blocks, d]) =>
      [0, 77].map((count) => ({
        count,
        blocks,
        d,
        rows: d,
        sizes: Float64Array.from({ length: blocks }, (_, b) => (b === blocks - 1 ? 19 : 256)),
        means: doubles(s, blocks * d),
        m2s: doubles(s, blocks * d * d),
        mean: doubles(s, d),
        m2: doubles(s, d * d),
      })),
    ),
  choleskyFactor: (s: SampleSource): Sample[] => [
    ...[1, 2, 9, 49, 70].map((d) => ({ d, rows: d, a: definite(s, d) })),
    { d: 3, rows: 3, a: Float64Array.of(1, 0, 0, 1, 1, 0, 0, 0, 1) },
    { d: 2, rows: 2, a: Float64Array.of(Number.NaN, 0, 0, 1) },
    { d: 20, rows: 20, a: definite(s, 20) },
  ],
  triangularInverse: (s: SampleSource): Sample[] => [1, 2, 9, 49, 70].map((d) => ({ d, rows: d, a: lower(s, d) })),
  precision: (s: SampleSource): Sample[] => [1, 2, 9, 49, 70].map((d) => ({ d, rows: d, w: lower(s, d) })),
  centerRows: (s: SampleSource) => centered(s, (n) => withNasty(s, floats(s, n))),
  centerRows64: (s: SampleSource) => centered(s, (n) => doubles(s, n, -1e3, 1e3)),
  finite: (s: SampleSource): Sample[] =>
    [0, 1, 15, 600000].flatMap((n) => [{ x: finiteFloats(s, n) }, { x: withNasty(s, floats(s, n)) }]),
  finite64: (s: SampleSource): Sample[] =>
    [0, 1, 300000].flatMap((n) => [
      { x: doubles(s, n) },
      { x: doubles(s, n).map((v, i) => (i === n >> 1 ? -Infinity : v)) },
    ]),
  whitenRows: (s: SampleSource): Sample[] =>
    shapes.map(([n, d]) => ({ v: floats(s, n * d, -1, 1), factor: floats(s, triangle(d), -1, 1), n, d })),
  gatherLocations: (s: SampleSource): Sample[] =>
    locations(s).flatMap((sample, i) => (i % 2 ? [sample] : [sample, { ...sample, mean: undefined }])),
  locationCov: locations,
  locationFactor: (s: SampleSource): Sample[] =>
    [
      [0, 3],
      [1, 1],
      [5, 9],
      [3, 30],
    ].flatMap(([rows, c], i) => [
      { rows, c, divisor: 3 + i, ridge: 0.01, m2: scatters(s, rows, c) },
      { rows, c, divisor: 2, ridge: 0, m2: scatters(s, rows, c).map((v, j) => (j === 0 ? 0 : v)) },
    ]),
  locationDistances: locations,

  symEig: (s: SampleSource): Sample[] =>
    [1, 2, 5, 33, 60].map((d) => ({
      d,
      steps: 3 * d,
      a: definite(s, d),
      values: new Float64Array(d),
      work: new Float64Array(8 * d + 64),
    })),
  gramRows: (s: SampleSource) => grams(s, (n) => floats(s, n)),
  gramRows64: (s: SampleSource) => grams(s, (n) => doubles(s, n)),
  dualBasis: (s: SampleSource) => grams(s, (n) => floats(s, n)),
  dualBasis64: (s: SampleSource) => grams(s, (n) => doubles(s, n)),
  projectRows: (s: SampleSource): Sample[] =>
    shapes.map(([n, d], i) => {
      const k = Math.max(1, d >> (i % 3))
      return { v: floats(s, n * d, -1, 1), basis: floats(s, k * d, -1, 1), n, d, k }
    }),

  rowNorms: (s: SampleSource): Sample[] => shapes.map(([n, d]) => ({ x: floats(s, n * d, -3, 3), n, d })),
  rowDistances: (s: SampleSource): Sample[] =>
    shapes.map(([n, d]) => ({ x: floats(s, n * d, -3, 3), y: floats(s, d, -3, 3), n, d })),
  nearest: (s: SampleSource): Sample[] =>
    [
      [0, 4, 2, 1],
      [1, 1, 1, 1],
      [40, 50, 7, 3],
      [33, 500, 64, 9],
      [20, 70, 3, 70],
    ].flatMap(([n, m, d, k]) =>
      [floats(s, m * d), coarse(s, m * d, 2)].map((bank, i) => ({
        q: i ? coarse(s, n * d, 2) : floats(s, n * d),
        bank,
        norms: normsOf(bank, m, d),
        n,
        m,
        d,
        k,
      })),
    ),
  kcenter: (s: SampleSource): Sample[] =>
    [
      [1, 3, 1],
      [100, 2, 100],
      [5000, 7, 12],
      [9000, 20, 5],
    ].flatMap(([n, d, m]) =>
      [floats(s, n * d), coarse(s, n * d, 2)].map((x) => ({
        x,
        n,
        d,
        m,
        steps: m * Math.ceil(n / 4096),
        dist: new Float32Array(n).fill(Infinity),
        owner: new Uint32Array(n),
        gaps: new Float32Array(m),
        picks: new Uint32Array(m + 1).fill(n >> 1, 0, 1),
        radii: new Float32Array(m),
        state: new Float64Array(8),
      })),
    ),
  sparseProject: (s: SampleSource): Sample[] =>
    shapes.map(([n, d]) => {
      const k = 9
      const offsets = new Uint32Array(k + 1).map((_, j) => (j < 2 ? 0 : 4 * (j - 1)))
      const entries = new Uint32Array(offsets[k]).map(() => s.below(2 * d))
      return { x: floats(s, n * d, -1, 1), offsets, entries, n, d, k, scale: 0.3 }
    }),

  philox: (s: SampleSource): Sample[] =>
    [0, 1, 63, 1000].map((n) => ({ n, seed: seedOf(s), block: seedOf(s) >> 3n, stream: s.below(9), tag: s.below(9) })),
  randomFill: (s: SampleSource): Sample[] =>
    [0, 1, 5, 1000, 40003].flatMap((n) =>
      [0, 1].flatMap((kind) =>
        [0, 1].map((add) => ({
          kind,
          seed: seedOf(s),
          chain: s.below(99),
          step: s.below(2 ** 32),
          tag: 1 + s.below(8),
          offset: -1,
          scale: 2 + kind,
          add,
          lo: kind ? -Infinity : -0.5,
          hi: kind ? Infinity : 0.75,
          x: floats(s, n, -1, 1),
        })),
      ),
    ),
}

/** Any numbers do as norms for screening; these are near the exact ones, as a caller's are. */
function normsOf(x: Float32Array, n: number, d: number): Float32Array {
  const out = new Float32Array(n)
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) out[i] += x[i * d + j] * x[i * d + j]
  return out
}
