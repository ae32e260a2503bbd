/** Rows of the topic `maps`: what is done to images of scores. */
import { f64, input, output, row, scratch, span, u32 } from '@ukernels/runtime'

export const mapRows = {
  /**
   * Gaussian blur, separable: x and out [planes][h][w], rows = planes · h. taps[j] is the weight at distance j, 0 … r.
   * Vertical first, f32: t(u) = taps[0] · x(y, u), then for j = 1 … r: t = t + taps[j] · (x(y − j, u) + x(y + j, u)); then the
   * same along the line of t. Coordinates outside are reflected with the edge repeated (d c b a | a b c d | d c b a),
   * as often as it takes: m = i mod 2 h (≥ 0), i → m < h ? m : 2 h − 1 − m.
   */
  blur: row([
    input('x', 'f32', 'planes * h * w'),
    input('taps', 'f32', 'r + 1'),
    u32('planes'),
    u32('h', 1),
    u32('w', 1),
    u32('r'),
    u32('rows'),
    output('out', 'f32', 'rows * w'),
    scratch('work', 'f32', '16 * (w + 2 * r + 16) + 64 * (16 + 2 * r)'),
    span('rows', 32),
  ]),
  /**
   * Bilinear (or nearest) resampling from tables: x [planes][h][w], out [planes][outH][outW], rows = planes · outH.
   * yIndex has two source lines per output line (a, b), yWeight the weight of the second; xIndex, xWeight likewise.
   * With t = xWeight, s = yWeight, f32:
   *   top = x(ya, xa) + t · (x(ya, xb) − x(ya, xa));  bottom likewise on line yb;  out = top + s · (bottom − top)
   */
  resize: row([
    input('x', 'f32', 'planes * h * w'),
    input('yIndex', 'u32', '2 * outH'),
    input('yWeight', 'f32', 'outH'),
    input('xIndex', 'u32', '2 * outW'),
    input('xWeight', 'f32', 'outW'),
    u32('planes'),
    u32('h', 1),
    u32('w', 1),
    u32('outH', 1),
    u32('outW', 1),
    u32('rows'),
    output('out', 'f32', 'rows * outW'),
    span('rows', 32),
  ]),
  /**
   * One map from the channels of g [n][c][plane], f32, over c ascending from +0: how 0: s + |g|; 1: √ of s + g · g;
   * 2: max2(s, |g|); 3: s + g · g.
   */
  reduceChannels: row([
    input('g', 'f32', 'n * (c * plane)'),
    u32('n'),
    u32('c', 1),
    u32('plane'),
    u32('how', 0, 3),
    output('out', 'f32', 'n * plane'),
    span('n', 1),
  ]),
  /** Per line of x [rows][w], f64: sum8 of |x|, sum8 of x · x (product in f64), the largest |x| (0 for an empty line). */
  absReduce: row([
    input('x', 'f32', 'rows * w'),
    u32('w', 1),
    u32('rows'),
    output('out', 'f64', 'rows * 3'),
    span('rows', 64),
  ]),
  /**
   * Colors: t = (v − lo) · factor in f32, index = t ≥ 255 ? 255 : t > 0 ? trunc(t) : 0 (NaN: 0); the four bytes of
   * palette[index] as they lie in memory.
   */
  rgba: row([
    input('x', 'f32', 'n'),
    f64('lo'),
    f64('factor'),
    input('palette', 'u8', '1024'),
    output('out', 'u8', 'n * 4'),
    span('n', 65536),
  ]),
}
