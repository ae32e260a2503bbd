/** Rows of the topic `patch`: the Gaussian energy over all patches of an image. */
import { input, output, row, scratch, span, u32 } from '@ukernels/runtime'

/** Taps per axis of a gradient filter. */
const TAPS = '(2 * p - 1)'
const CLASSES = `min(h, ${TAPS}) * min(w, ${TAPS})`

export const patchRows = {
  /**
   * Patches of x [n][c][h][w] as rows: out[k][(ch·p + a)·p + b] = x[i][ch][y·stride + a][x·stride + b], where
   * k = (i·ny + y)·nx + x, ny = ⌊(h − p) / stride⌋ + 1, nx likewise. The span is over patches first … first + count − 1;
   * row k of out is patch first + k. A copy.
   */
  patchRows: row([
    input('x', 'f32', 'n * c * h * w'),
    u32('n'),
    u32('c', 1),
    u32('h', 1),
    u32('w', 1),
    u32('p', 1, 15),
    u32('stride', 1),
    u32('first'),
    u32('count'),
    output('out', 'f32', 'count * (c * p * p)'),
    span('count', 1024),
  ]),

  /**
   * Gradient of the patch energy, whole image, border included: one filter and one bias per border class.
   *
   * Per axis of length m, pixel u lies at offsets lo … hi of the patches that hold it: lo = max(0, u − (m − p)),
   * hi = min(p − 1, u). Its class is u when m < 2p − 1, else lo + hi; there are min(m, 2p − 1). The class of a pixel is
   * (row class) · (number of column classes) + (column class); kernels is [class][c][c'][2p − 1][2p − 1], element
   * (δy + p − 1, δx + p − 1) of the last two being κ_cc'(δ); bias is [class][c]. With x' = x[c'] − center[c'] (f32):
   *
   *   interior, i.e. lo = 0 and hi = p − 1 on both axes, and c = 1 (κ(−δ) = κ(δ)):
   *     acc = κ(0) · x'(u);  for δ in raster order with δy < 0, or δy = 0 and δx < 0:
   *       acc = acc + κ(δ) · (x'(u + δ) + x'(u − δ))
   *   elsewhere: acc = +0;  for c' ascending, δy from lo_y − (p − 1) to hi_y, δx from lo_x − (p − 1) to hi_x:
   *       acc = acc + κ_cc'(δ) · x'_c'(u − δ)
   *   g = acc + bias
   *
   * The taps left out would read outside of the image; in the kernels they are 0.
   * rows = n·c·h: one per line of g. dots[r] = sum8 over the line of f64(x'_c(u)) · (f64(g(u)) + f64(bias)), x' and bias
   * those of the line's own channel: E = ½ (Σ dots + patches · μ'ᵀAμ').
   */
  patchGradient: row([
    input('x', 'f32', 'n * c * h * w'),
    input('center', 'f32', 'c'),
    input('kernels', 'f32', `${CLASSES} * c * c * ${TAPS} * ${TAPS}`),
    input('bias', 'f32', `${CLASSES} * c`),
    u32('n'),
    u32('c', 1),
    u32('h', 1),
    u32('w', 1),
    u32('p', 1, 15),
    u32('rows'),
    output('g', 'f32', 'rows * w'),
    output('dots', 'f64', 'rows'),
    scratch('centered', 'f32', '(32 + 2 * p) * (w + 16) * c'),
    span('rows', 32),
  ]),

  /**
   * Energy of every patch, stride 1: out[i][y][x] = ½ Σ_k y_k², y = W (P x' − μ'), where x' = x − center per channel, W is
   * the packed factor of size d = p·p·c and `shift` = W μ' (f32), so that y = W P x' − shift. The span is over lines of
   * patches: rows = n · (h − p + 1).
   */
  patchEnergies: row(
    [
      input('x', 'f32', 'n * c * h * w'),
      input('center', 'f32', 'c'),
      input('factor', 'f32', '(c * p * p) * (c * p * p + 1) / 2'),
      input('shift', 'f32', 'c * p * p'),
      u32('n'),
      u32('c', 1),
      u32('h', 1),
      u32('w', 1),
      u32('p', 1, 15),
      u32('rows'),
      output('out', 'f32', 'rows * (w + 1 - p)'),
      scratch('work', 'f32', '(c * p * p + 64) * (w + 192)'),
      span('rows', 4),
    ],
    { determinism: 'relative 1e-5' },
  ),

  /**
   * Average at every pixel over the patches that hold it: energies [n][h − p + 1][w − p + 1], out [n][h][w], rows = n·h.
   * Line sums first, both in f64, in order: s(y, u) = Σ_{x = max(0, u − p + 1)}^{min(u, w − p)} f64(e(y, x));
   * out(v, u) = f32((Σ_{y = max(0, v − p + 1)}^{min(v, h − p)} s(y, u)) / (number of patches)).
   */
  patchAverage: row([
    input('energies', 'f32', 'n * (h + 1 - p) * (w + 1 - p)'),
    u32('n'),
    u32('h', 1),
    u32('w', 1),
    u32('p', 1, 15),
    u32('rows'),
    output('out', 'f32', 'rows * w'),
    scratch('sums', 'f64', '(32 + p) * w'),
    span('rows', 32),
  ]),
}
