/** Recipes of published code, for users who port its models: from the authors' released code. */
import type { TrainOptions } from './train-options.js'

/**
 * - `openai`: openai/ebm_code_release, CIFAR-10 (Du and Mordatch 2019): pixels in [0, 1], spectral norm, uint8 buffer.
 * - `jem`: wgrathwohl/JEM (Grathwohl et al. 2020): pixels in [−1, 1], noise with the step, neither steps nor chains clipped.
 * - `improvedCd`: yilundu/improved_contrastive_divergence (Du et al. 2021), without its KL and entropy losses and the
 *   augmentation of its buffer.
 *
 * `divergesAt` limits |mean E| of data and chains, where JEM looks at the loss and improvedCd at the mean E of the data.
 * Networks for [0, 1] are made with scale 1 and offset 0, those for [−1, 1] with 2 and −1.
 */
export const presets = {
  openai: {
    range: [0, 1],
    steps: 60,
    step: 10,
    noise: 0.005,
    noiseOrder: 'first',
    clip: 'grad',
    clipAt: 0.01,
    bufferSize: 10_000,
    bufferStorage: 'u8',
    reinit: 0.05,
    l2: 1,
    learningRate: 3e-4,
    beta1: 0,
    beta2: 0.999,
    batch: 128,
    dataNoise: 0,
    gradNorm: null,
    spectralNorm: true,
  },
  jem: {
    range: [-1, 1],
    bounded: false,
    steps: 20,
    step: 1,
    noise: 0.01,
    noiseOrder: 'with-step',
    clip: 'none',
    bufferSize: 10_000,
    reinit: 0.05,
    l2: 0,
    learningRate: 1e-4,
    beta1: 0.9,
    beta2: 0.999,
    warmup: 1000,
    batch: 64,
    dataNoise: 0.03,
    gradNorm: null,
    divergesAt: 1e8,
  },
  improvedCd: {
    range: [0, 1],
    steps: 40,
    step: 100,
    noise: 0.001,
    noiseOrder: 'first',
    clip: 'none',
    bufferSize: 10_000,
    reinit: 0.001,
    l2: 1,
    learningRate: 2e-4,
    beta1: 0,
    beta2: 0.999,
    gradNorm: 0.5,
    batch: 128,
    dataNoise: 0,
    emaDecay: 0.99,
    divergesAt: 10,
  },
} as const satisfies Record<string, TrainOptions>
