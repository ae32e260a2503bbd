/** Rows of the topic `conv`: convolutional energies, layer by layer and whole networks. */
import { f64, input, output, row, scratch, span, u32 } from '@ukernels/runtime'

const forwardBound = { determinism: 'relative 1e-5' }
const weightBound = { determinism: 'relative 1e-4' }

/** What a sample's layers need as workspace; see `network`. */
const work = () => scratch('work', 'f32', '4 * activations + 256 * widest + 2 * weights + 4096')

/**
 * A network: `plan` has 5 words per layer: output channels, kernel (1, 3, 4), stride (1, 2), padding (0, 1), activation
 * (0 none, 1 SiLU, 2 leaky ReLU 0.2). Weights of a layer are [out][in][ky][kx], then its biases; `params` has all layers,
 * one after another (`weights` numbers in all). The last layer has one channel: the local energies. `activations`: the
 * input's numbers per sample and those of every layer's output, added up; `widest`: the largest (in or out channels) ·
 * kernel² of a layer. numerics: 0 fast (FMA, relaxed SIMD allowed), 1 exact: no FMA; then all sums below have the order
 * written and the results the same bits everywhere.
 *
 *   forward: z_co(oy, ox) = (Σ w[co][ci][ky][kx] · x_ci(oy·s + ky − pad, ox·s + kx − pad), ci outer, then ky, kx,
 *     ascending, from +0) + bias[co];  output height ⌊(h + 2 pad − kernel) / s⌋ + 1; a tap outside adds nothing
 *   activation: SiLU: σ = the shared sigmoid of z, a = z · σ, a' = σ · (1 + z · (1 − σ)); leaky: z > 0 ? z : f32(0.2) · z,
 *     a' = z > 0 ? 1 : f32(0.2)
 *   input gradient: dx_ci(y, x) = Σ w[co][ci][ky][kx] · dz_co(oy, ox) over co outer, then ky, kx ascending, for the taps
 *     with oy·s + ky − pad = y, ox·s + kx − pad = x inside the output, from +0;  dz = da · a'(z). Its size is that of
 *     the layer's input, also where the stride leaves a remainder.
 *   weight gradient of a sample: Σ dz_co(oy, ox) · x_ci(…) over oy, ox in raster order, from +0; of a bias: Σ dz_co in
 *     raster order, from +0
 */
export const network = [
  input('plan', 'u32', 'layers * 5'),
  input('params', 'f32', 'weights'),
  u32('layers', 1, 16),
  u32('weights', 2),
  u32('activations', 1),
  u32('widest', 1),
  u32('numerics', 0, 1),
] as const

/** The images: pixels enter the network as f32(f32(scale · x) + offset); gradients are times f32(scale) in the end. */
const images = [u32('c', 1), u32('h', 1), u32('w', 1), f64('scale'), f64('offset')] as const

/** One layer, as in `plan`, on an input of height h and width w. */
const layer = [
  u32('inputs', 1),
  u32('outputs', 1),
  u32('kernel', 1, 4),
  u32('stride', 1, 2),
  u32('pad', 0, 1),
  u32('h', 1),
  u32('w', 1),
  u32('numerics', 0, 1),
] as const
const OUT_PLANE = '((h + 2 * pad - kernel) / stride + 1) * ((w + 2 * pad - kernel) / stride + 1)'
const LAYER_WORK = '2 * (inputs + outputs) * (h + 4) * (w + 4) + 256 * (inputs + outputs) * kernel * kernel + 4096'

export const convRows = {
  /** One layer without activation: z as above; `bias` is [outputs]. */
  convForward: row(
    [
      input('x', 'f32', 'n * (inputs * h * w)'),
      input('weight', 'f32', 'outputs * inputs * kernel * kernel'),
      input('bias', 'f32', 'outputs'),
      ...layer,
      u32('n'),
      output('z', 'f32', `n * (outputs * (${OUT_PLANE}))`),
      scratch('work', 'f32', LAYER_WORK),
      span('n', 1),
    ],
    forwardBound,
  ),
  /** The input gradient of one layer, dx from dz. */
  convBackwardInput: row(
    [
      input('dz', 'f32', `n * (outputs * (${OUT_PLANE}))`),
      input('weight', 'f32', 'outputs * inputs * kernel * kernel'),
      ...layer,
      u32('n'),
      output('dx', 'f32', 'n * (inputs * h * w)'),
      scratch('work', 'f32', LAYER_WORK),
      span('n', 1),
    ],
    forwardBound,
  ),
  /** The weight gradient of one layer for every sample: [n][outputs · inputs · kernel² weights, then outputs biases]. */
  convBackwardWeight: row(
    [
      input('x', 'f32', 'n * (inputs * h * w)'),
      input('dz', 'f32', `n * (outputs * (${OUT_PLANE}))`),
      ...layer,
      u32('n'),
      output('dw', 'f32', 'n * (outputs * inputs * kernel * kernel + outputs)'),
      scratch('work', 'f32', LAYER_WORK),
      span('n', 1),
    ],
    weightBound,
  ),

  /**
   * Energies of n images: energy[i] = sum8 of f64(local) in raster order; `local` is [n][oh][ow] (`places` = oh · ow),
   * `gradient` ∂energy / ∂x, in the caller's pixels. No weight gradient is computed.
   */
  convEnergy: row(
    [
      ...network,
      input('x', 'f32', 'n * (c * h * w)'),
      ...images,
      u32('n'),
      u32('places', 1),
      output('energy', 'f64', 'n'),
      output('local', 'f32', 'n * places', { optional: true }),
      output('gradient', 'f32', 'n * (c * h * w)', { optional: true }),
      work(),
      span('n', 1),
    ],
    forwardBound,
  ),
  /**
   * Σ_i coefficients[i] · ∂energy_i / ∂params in groups of 8 samples: parts[g] sums the samples of group g in order, each
   * sample's gradient computed with da = coefficients[i] at every local energy, then added: part = part + sample.
   */
  convParameterGradient: row(
    [
      ...network,
      input('x', 'f32', 'n * (c * h * w)'),
      input('coefficients', 'f32', 'n'),
      ...images,
      u32('n'),
      output('parts', 'f32', '(n + 7) / 8 * weights'),
      work(),
      scratch('sample', 'f32', 'weights'),
      span('n', 8),
    ],
    weightBound,
  ),
}
