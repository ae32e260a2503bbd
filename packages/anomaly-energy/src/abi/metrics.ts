/** Rows of the topic `metrics`: one walk over scores in descending order. */
import { f64, inout, input, output, row, span, u32, used } from '@ukernels/runtime'

const CHUNK = 65536
/** Numbers of the curve's points: the group that is open before a chunk may end in it, so a chunk has room for one more. */
const POINTS = `n * 2 + (n + ${CHUNK - 1}) / ${CHUNK} * 2`

export const metricRows = {
  /**
   * Ranking metrics of the keys of `classSort`. Equal keys, of both classes, form a group with dTP positives and dFP
   * negatives; TP, FP: counts of the groups before. For each group in order:
   *
   *   counts[0] += dFP · (2 · TP + dTP)                                   (2U of Mann and Whitney)
   *   TP += dTP, FP += dFP
   *   sums[0] += dTP · (TP / (TP + FP))                                    (average precision · positives)
   *   f1 = 2 TP / (TP + FP + positives); if f1 > sums[1]: sums[1] = f1, counts[1] = the group's key
   *   if counts[3] = 0 and TP / positives ≥ tpr: counts[3] = 1, counts[2] = FP
   *
   * counts [6]: [2U, best key, FP at tpr, reached, TP, FP] and sums [2] in f64; all 0 before the first chunk. steps = n. A
   * chunk ends with the first group after which TP + FP is at least the chunk's end.
   */
  aucPass: row([
    input('keys', 'u32', 'n'),
    u32('positives'),
    f64('tpr', 0, 1),
    u32('steps'),
    inout('counts', 'u64', '6'),
    inout('sums', 'f64', '2'),
    span('steps', 262144, { serial: true }),
  ]),
  /**
   * The PRO curve: per-region overlap over the false-positive rate. region[i] is 0 for a background pixel, else the number
   * of its region over all images, from 1; shares[k] = 1 / (pixels of region k) (shares[0] unused). keys and order
   * are those of `scoreSort`, descending. Pixels with the same key form a group, which ends before the first key that differs,
   * or with the last pixel. Pixels in order:
   *
   *   background: FP += 1;  region k: covered += shares[k]   (f64)
   *   a group ends: fpr = FP / background, pro = covered / regions; after the last element both are 1
   *     area: when the last point's fpr < limit: if fpr ≤ limit, area += (fpr − fpr') · (pro + pro') / 2, else
   *       at = pro' + (pro − pro') · (limit − fpr') / (fpr − fpr'), area += (limit − fpr') · (at + pro') / 2
   *     (fpr', pro') = (fpr, pro)
   *     points, when given: fpr and pro of the group, appended: two numbers per group, at most 2 n in all
   *
   * state [8]: [FP, covered, fpr', pro', area, 1 when a group is open, 0, 0], 0 before the first chunk, so the curve starts
   * at (0, 0), which is not among the points. `pixels` = n. previous[0] is the
   * key of the last element.
   */
  proPass: row([
    input('keys', 'u32', 'n'),
    input('order', 'u32', 'n'),
    u32('pixels'),
    input('region', 'u32', 'pixels'),
    u32('regions', 1),
    input('shares', 'f64', 'regions + 1'),
    f64('background', 0),
    f64('limit', 0, 1),
    inout('state', 'f64', '8'),
    inout('previous', 'u32', '1'),
    output('points', 'f64', POINTS, { optional: true }),
    used('points'),
    span('n', CHUNK, { serial: true }),
  ]),
}
