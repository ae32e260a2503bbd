/** Rows of the topic `sort`: order of scores. */
import { inout, input, row, span, u32 } from '@ukernels/runtime'

export const sortRows = {
  /**
   * Stable order of n scores, none of them NaN. Key of a score: −0 counts as +0; with b its bits, b < 0 ? ~b : b | 2^31
   * as u32, so that keys ascend with scores; descending = 1 takes ~key. Three passes of 11 bits, low bits first.
   *
   * At the end keys[0 … n) are the sorted keys and order[0 … n) the indices of their scores, equal keys by ascending index.
   * steps = 4 n: steps 0 … n make the keys in the second halves of `keys` and `order` and count the three digits in
   * `counts`, steps n … 2n, 2n … 3n and 3n … 4n are the passes (second half to first, first to second, second to first).
   * A chunk may reach over phases. `counts` is 0 before the first step.
   */
  scoreSort: row([
    input('scores', 'f32', 'n'),
    u32('descending', 0, 1),
    u32('steps'),
    inout('keys', 'u32', 'n * 2'),
    inout('order', 'u32', 'n * 2'),
    inout('counts', 'u32', '6144'),
    span('steps', 262144, { serial: true }),
  ]),
  /**
   * Keys of n scores, none of them NaN, as descending `scoreSort` makes them: at the end keys[0 … positives) are the sorted
   * keys of the scores whose label isn't 0, keys[positives … n) those of the others. `positives` is the number of such labels.
   *
   * steps = 4 n: steps 0 … n count the three digits of each class, in counts[digit][class][2048] with positives first; the
   * others are the passes (scores to first half, first to second, second to first). A chunk may reach over phases. `counts`
   * is 0 before the first step.
   */
  classSort: row([
    input('scores', 'f32', 'n'),
    input('labels', 'u8', 'n'),
    u32('positives'),
    u32('steps'),
    inout('keys', 'u32', 'n * 2'),
    inout('counts', 'u32', '12288'),
    span('steps', 262144, { serial: true }),
  ]),
}
