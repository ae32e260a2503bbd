/** Rows of the topic `neighbors`: exact nearest neighbors and the k-center coreset. */
import { f64, inout, input, max, output, report, row, scratch, span, u32 } from '@ukernels/runtime'

export const neighborRows = {
  /** Squared norms: sum16(x_i · x_i) per row. */
  rowNorms: row([input('x', 'f32', 'n * d'), u32('n'), u32('d', 1), output('out', 'f32', 'n'), span('n', 256)]),
  /** Squared distances to one point: sum16((x_i − y_i) · (x_i − y_i)) per row. */
  rowDistances: row([
    input('x', 'f32', 'n * d'),
    input('y', 'f32', 'd'),
    u32('n'),
    u32('d', 1),
    output('out', 'f32', 'n'),
    span('n', 256),
  ]),
  /**
   * The k nearest rows of a bank [m][d] for every query, k ≤ m: exact. The squared distance of a pair is
   * sum16((q_i − b_i) · (q_i − b_i)); the k smallest, equal ones by ascending index; dist = √ of them (f32), ascending.
   * `norms` are `rowNorms` of the bank. How candidates are found is free (screening by ‖q‖² + ‖b‖² − 2 q·b with a proven
   * error bound, then the exact distance), the result is not.
   */
  nearest: row([
    input('q', 'f32', 'n * d'),
    input('bank', 'f32', 'm * d'),
    input('norms', 'f32', 'm'),
    u32('n'),
    u32('m', 1),
    u32('d', 1),
    u32('k', 1),
    output('dist', 'f32', 'n * k'),
    output('index', 'u32', 'n * k'),
    scratch('work', 'f32', '(d + 64) * 320 + 64 * (k + 16) * 4'),
    span('n', 64),
  ]),
  /**
   * Greedy k-center coreset (Gonzalez 1985) of x [n][d], at most m picks. steps = m · blocks, blocks = ceil(n / 4096);
   * step t handles rows 4096·(t mod blocks) … of pick ⌊t / blocks⌋, so that a chunk is short. Before the first step dist is
   * filled with +Infinity, owner with 0, picks[0] is the starting row, and state is 0.
   *
   *   pick j at row p_j: for every row i: s = sum16((x_i − x_pj)²); if s < dist_i: dist_i = s, owner_i = j
   *   the row with the largest dist, equal ones by lowest index, is p_{j+1}; radii[j] = √ of that dist
   *
   * picks has room for m + 1 rows: after the last pick picks[m] is the one that would come next. When the largest dist is 0
   * the coreset is complete: state[0] = 1, later steps do nothing. `count`: picks made so far (j + 1 when pick j is
   * complete). With the triangle inequality a row can be skipped when its owner is so far away from p_j that s < dist_i is
   * impossible, rounding included: gaps[i], i < j, are the squared distances sum16((x_pj − x_pi)²), all written in the first
   * step of pick j. state: [1 when complete, the largest dist of pick j so far, its row, 0, …]; the first step of a pick
   * starts from −1 and 0, a step takes rows whose dist exceeds it.
   */
  kcenter: row([
    input('x', 'f32', 'n * d'),
    u32('n', 1),
    u32('d', 1),
    u32('m', 1),
    u32('steps', 1),
    inout('dist', 'f32', 'n'),
    inout('owner', 'u32', 'n'),
    inout('gaps', 'f32', 'm'),
    inout('picks', 'u32', 'm + 1'),
    inout('radii', 'f32', 'm'),
    inout('state', 'f64', '8'),
    report({ count: max() }),
    span('steps', 1, { serial: true }),
  ]),
  /**
   * Sparse random projection: y_j = scale · s, s = the sum of ±x over the entries of row j of a sparse matrix, in order from
   * +0. Entry words are 2 · column + (negative ? 1 : 0); row j has entries offsets[j] … offsets[j + 1] − 1.
   */
  sparseProject: row([
    input('x', 'f32', 'n * d'),
    input('offsets', 'u32', 'k + 1'),
    input('entries', 'u32', 'count'),
    u32('n'),
    u32('d', 1),
    u32('k', 1),
    f64('scale'),
    output('y', 'f32', 'n * k'),
    span('n', 64),
  ]),
}
