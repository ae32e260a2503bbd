/** Rows of the topic `random`: Philox 4x32-10 words and what is drawn from them, by index. */
import { f64, inout, output, row, span, u32, u64 } from '@ukernels/runtime'

export const randomRows = {
  /** Words of consecutive blocks: word e is word e & 3 of the block with counter (block + (e >>> 2), stream, tag). */
  philox: row([u64('seed'), u64('block'), u32('stream'), u32('tag'), output('words', 'u32', 'n')]),
  /**
   * Random numbers for element e of x, from the block with counter (e >>> 2, chain, step, tag):
   *
   *   kind 0: r = unit24(word e & 3), [0, 1);  kind 1: r = f32 normal: `normalPair` of words (0, 1) gives elements
   *   4b, 4b + 1, that of words (2, 3) elements 4b + 2, 4b + 3
   *   v = offset + scale · r (f32);  add = 1: v = x + scale · r, and offset is not used
   *   x = clamp(v, lo, hi)
   */
  randomFill: row([
    u32('kind', 0, 1),
    u64('seed'),
    u32('chain'),
    u32('step'),
    u32('tag'),
    f64('offset'),
    f64('scale'),
    u32('add', 0, 1),
    f64('lo'),
    f64('hi'),
    inout('x', 'f32', 'n'),
    span('n', 16384),
  ]),
}
