/** Rows of the topic `gaussian`: covariance, Cholesky, whitening, per row of features and per image location. */
import { f64, inout, input, min, output, report, row, scratch, span, u32 } from '@ukernels/runtime'

const covBlocks = <T extends 'f32' | 'f64'>(element: T) =>
  row([
    input('x', element, 'n * d'),
    u32('n'),
    u32('d', 1),
    u32('rows'),
    output('means', 'f64', 'rows'),
    output('m2', 'f64', 'rows * d'),
    scratch('centered', 'f64', '256 * (d + 16)'),
    span('rows', 32),
  ])

const centerRows = <T extends 'f32' | 'f64'>(element: T) =>
  row([
    input('x', element, 'n * d'),
    input('mean', 'f64', 'd'),
    u32('n'),
    u32('d', 1),
    output('out', 'f32', 'n * d'),
    report({ firstNonFinite: min() }),
    span('n', 64),
  ])

export const gaussianRows = {
  /**
   * Mean and scatter of blocks of 256 rows of x [n][d]; the last block has what is left. The span goes over all rows of
   * all the blocks' scatter matrices: rows = ceil(n / 256) · d, and row r is row i = r mod d of block b = ⌊r / d⌋.
   *
   *   means[b][i] = (Σ_r x_ri) / size, in order over the rows of the block, in f64
   *   m2[b][i][j] = Σ_r (x_ri − mean_i) · (x_rj − mean_j) for j ≥ i, in order; 0 for j < i
   */
  covBlocks: covBlocks('f32'),
  covBlocks64: covBlocks('f64'),

  /**
   * Merges blocks into a running mean and scatter, in the order of the blocks (Chan, Golub, LeVeque 1979). rows = d; row i
   * of the upper triangle of m2 is updated, j < i stays. `count` is the number of rows seen before, `sizes` those of
   * the blocks.
   *
   *   a = count; for each block b: if a = 0: mean = means[b], m2 = m2s[b], a = sizes[b]. Otherwise
   *     n = a + sizes[b];  f = sizes[b] / n;  g = a · f;  δ = means[b] − mean   (before it is updated)
   *     m2_ij = (m2_ij + m2s[b]_ij) + (δ_i · δ_j) · g;  mean_i = mean_i + δ_i · f;  a = n
   *
   * `mean` is the mean before, `newMean` the one after.
   */
  covMerge: row([
    f64('count', 0),
    u32('blocks', 1),
    u32('d', 1),
    u32('rows'),
    input('sizes', 'f64', 'blocks'),
    input('means', 'f64', 'blocks * d'),
    input('m2s', 'f64', 'blocks * d * d'),
    input('mean', 'f64', 'd'),
    output('newMean', 'f64', 'rows'),
    inout('m2', 'f64', 'rows * d'),
    scratch('running', 'f64', 'd'),
    span('rows', 16),
  ]),

  /**
   * Cholesky factor in place, rows = d: reads the lower triangle of a, leaves L there; the upper triangle stays.
   * Row i, j = 0 … i:
   *
   *   v = a_ij − sum8(L_ik · L_jk, k < j)
   *   j < i: L_ij = v / L_jj;  j = i: L_ii = √v, or status `notPositive` unless v > a_ii · (d · 2^−52)
   *
   * (element k of the sum goes to accumulator k mod 8; a_ii on the right is the matrix's own diagonal).
   */
  choleskyFactor: row([u32('d', 1), u32('rows'), inout('a', 'f64', 'd * d'), span('rows', 8, { serial: true })], {
    statuses: ['notPositive'],
  }),
  /**
   * W = L⁻¹ in place, rows = d: reads the lower triangle, writes all of it (0 above the diagonal). Row i:
   *
   *   r = 1 / L_ii;  s_j = Σ_{k=j}^{i−1} L_ik · W_kj in order;  W_ij = −(s_j · r) for j < i;  W_ii = r
   */
  triangularInverse: row([
    u32('d', 1),
    u32('rows'),
    inout('a', 'f64', 'd * d'),
    scratch('row', 'f64', 'd'),
    span('rows', 8, { serial: true }),
  ]),
  /** A = WᵀW, rows = d: a_ij = Σ_{k ≥ max(i, j)} W_ki · W_kj, k ascending. Symmetric bit by bit. */
  precision: row([
    input('w', 'f64', 'd * d'),
    u32('d', 1),
    u32('rows'),
    output('a', 'f64', 'rows * d'),
    span('rows', 8),
  ]),

  /** out = f32(f64(x) − mean), row by row. `firstNonFinite`: flat index of the first x that is NaN or ±Inf. */
  centerRows: centerRows('f32'),
  centerRows64: centerRows('f64'),
  /** Flat index of the first NaN or ±Inf. */
  finite: row([input('x', 'f32', 'n'), report({ firstNonFinite: min() }), span('n', 262144)]),
  finite64: row([input('x', 'f64', 'n'), report({ firstNonFinite: min() }), span('n', 131072)]),

  /**
   * Squared Mahalanobis distance of centered rows v [n][d]: Σ_i y_i², y = W v with W packed (`factor`). For d ≤ 64 all
   * sums are in f64 and rounded once. Scratch is for packing and tiles of y, to be used or not.
   */
  whitenRows: row(
    [
      input('v', 'f32', 'n * d'),
      input('factor', 'f32', 'd * (d + 1) / 2'),
      u32('n'),
      u32('d', 1),
      output('out', 'f32', 'n'),
      scratch('work', 'f32', '(d + 64) * 128'),
      span('n', 64),
    ],
    { determinism: 'relative 1e-5' },
  ),

  /**
   * Features of a batch, location by location: out[u][i][c] = x[i][c][u] for x [n][c][rows], or with `mean` [rows][c]
   * f32(f64(x) − mean[u][c]). A copy, so exact for all bits without `mean`.
   */
  gatherLocations: row([
    input('x', 'f32', 'n * c * plane'),
    u32('n'),
    u32('c', 1),
    u32('plane'),
    u32('rows'),
    input('mean', 'f64', 'rows * c', { optional: true }),
    output('out', 'f32', 'rows * n * c'),
    span('rows', 64),
  ]),
  /**
   * Adds a block of n images to the mean [rows][c] and packed scatter [rows][tri(c)] of every location, v as
   * `gatherLocations` gives it. Per location the block's mean and scatter are those of `covBlocks` (one block of n rows,
   * element (i, j) of the packed triangle is m2_ji there), merged as in `covMerge` with a = count.
   */
  locationCov: row([
    input('v', 'f32', 'rows * n * c'),
    u32('n', 1, 256),
    u32('c', 1),
    u32('rows'),
    f64('count', 0),
    inout('mean', 'f64', 'rows * c'),
    inout('m2', 'f64', 'rows * (c * (c + 1) / 2)'),
    scratch('block', 'f64', '(n + c + 4) * (c + 1)'),
    span('rows', 2),
  ]),
  /**
   * Packed whitening factor of every location: S = m2 / divisor, + ridge on the diagonal, then `choleskyFactor` and
   * `triangularInverse` in f64, rounded to f32 at the end. `failed` is the first location where the factorization ends
   * with `notPositive`; its factor is all 0.
   */
  locationFactor: row([
    input('m2', 'f64', 'rows * (c * (c + 1) / 2)'),
    u32('c', 1),
    u32('rows'),
    f64('divisor'),
    f64('ridge', 0),
    output('factor', 'f32', 'rows * (c * (c + 1) / 2)'),
    report({ failed: min() }),
    scratch('matrix', 'f64', 'c * (c + 1)'),
    span('rows', 1),
  ]),
  /** Mahalanobis distance per location and image: out[u][i] = √Σ_k y_k², y = W_u v[u][i]. */
  locationDistances: row(
    [
      input('v', 'f32', 'rows * n * c'),
      input('factor', 'f32', 'rows * (c * (c + 1) / 2)'),
      u32('n'),
      u32('c', 1),
      u32('rows'),
      output('out', 'f32', 'rows * n'),
      span('rows', 16),
    ],
    { determinism: 'relative 1e-5' },
  ),
}
