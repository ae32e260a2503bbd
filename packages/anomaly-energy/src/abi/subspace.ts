/** Rows of the topic `subspace`: eigenvectors, the dual path, projections. */
import { inout, input, output, row, scratch, span, u32 } from '@ukernels/runtime'

const gramRows = <T extends 'f32' | 'f64'>(element: T) =>
  row(
    [
      input('x', element, 'n * d'),
      input('mean', 'f64', 'd'),
      u32('n'),
      u32('d', 1),
      u32('rows'),
      output('gram', 'f64', 'rows * n'),
      scratch('centered', 'f64', 'd'),
      span('rows', 1),
    ],
    { determinism: 'relative 1e-12' },
  )

const dualBasis = <T extends 'f32' | 'f64'>(element: T) =>
  row(
    [
      input('x', element, 'n * d'),
      input('mean', 'f64', 'd'),
      input('weights', 'f64', 'rows * n'),
      u32('n'),
      u32('d', 1),
      u32('rows'),
      output('basis', 'f64', 'rows * d'),
      span('rows', 1),
    ],
    { determinism: 'relative 1e-12' },
  )

export const subspaceRows = {
  /**
   * Eigenvalues, descending, and eigenvectors of a symmetric matrix. On entry a holds it whole; at the end row i of a is
   * the unit eigenvector of values[i], its component of largest magnitude (the first such) positive. The residual
   * ‖A v − λ v‖ is at most 1e-12 · d · |λ|_max.
   *
   * steps = 3 d. What the chunks do in between, and what `work` holds, is each backend's own: WebAssembly reduces a
   * column by Householder reflections per step, then accumulates, then finds an eigenvalue per step by implicit QL, and
   * sorts in the last; native does everything in the first chunk. Status `notConverged` after 30 d iterations in all.
   */
  symEig: row(
    [
      u32('d', 1),
      u32('steps', 3),
      inout('a', 'f64', 'd * d'),
      inout('values', 'f64', 'd'),
      inout('work', 'f64', '8 * d + 64'),
      span('steps', 1, { serial: true }),
    ],
    { determinism: 'eigenvectors', statuses: ['notConverged'] },
  ),
  /** Inner products of centered rows: gram_ij = Σ_k (x_ik − mean_k) · (x_jk − mean_k) in f64 for j ≤ i, else 0; rows = n. */
  gramRows: gramRows('f32'),
  gramRows64: gramRows('f64'),
  /** basis_i = Σ_r weights_ir · (x_r − mean) in f64: right singular vectors from left ones over singular values. */
  dualBasis: dualBasis('f32'),
  dualBasis64: dualBasis('f64'),

  /**
   * Coordinates z = B v of centered rows v [n][d] in the rows of basis B [k][d], and of what the basis leaves over,
   * r = v − Bᵀ z, the squared norm and the vector itself. The residual is formed, not ‖v‖² − ‖z‖². B need not be
   * orthonormal when neither `fre` nor `residual` is asked for: a plain product of rows with a matrix.
   */
  projectRows: row(
    [
      input('v', 'f32', 'n * d'),
      input('basis', 'f32', 'k * d'),
      u32('n'),
      u32('d', 1),
      u32('k', 1),
      output('z', 'f32', 'n * k'),
      output('fre', 'f32', 'n', { optional: true }),
      output('residual', 'f32', 'n * d', { optional: true }),
      scratch('work', 'f32', '(d + k + 64) * 64'),
      span('n', 64),
    ],
    { determinism: 'relative 1e-5' },
  ),
}
