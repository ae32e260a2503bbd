/** The paper's analysis of the split between exponent and mantissa bits. */
import { erfcx, gaussian, integer, normalCdf } from '@ukernels/runtime'
import { checkSigma } from './expected-error.js'

const LN2 = Math.LN2

/**
 * Expected relative error of a format with 1 sign, `expBits` exponent and `manBits` mantissa bits as the paper models
 * it: range 2^±E, E = 2^(expBits − 1), around the mean of log2|x|; every binade alike, no subnormals:
 *
 *     (2Φ(E/σ) − 1)·2^−manBits/(8 ln2) + Φ(−E/σ) − ½ e^(−E²/2σ²) erfcx((E + σ² ln2)/(√2 σ)) + Φ(−E/σ)
 *
 * `expectedError` has the truth about a real format. Exact class.
 *
 * @param expBits 1 to 7
 * @param manBits 0 to 7 − expBits
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
 *
 * Source: Chmiel et al., ICLR 2021, section 4, with the overflow term in a form that doesn't become ∞ · 0.
 */
export function closedFormError(expBits: number, manBits: number, sigmaLog2: number): number {
  integer('expBits', expBits, 1, 7)
  integer('manBits', manBits, 0, 7 - expBits)
  checkSigma(sigmaLog2)
  const range = (1 << (expBits - 1)) / sigmaLog2
  const outside = normalCdf(-range)
  const overflow = outside - 0.5 * gaussian(range) * erfcx((range + sigmaLog2 * LN2) * Math.SQRT1_2)
  const inside = 1 - 2 * outside
  return inside / ((1 << manBits) * 8 * LN2) + overflow + outside
}

/** The number of exponent bits, 1 to bits − 1, with the least closed-form error. */
export function closedFormExponentBits(bits: number, sigmaLog2: number): number {
  let best = 1
  let least = Infinity
  for (let expBits = 1; expBits < bits; expBits++) {
    const error = closedFormError(expBits, bits - 1 - expBits, sigmaLog2)
    if (error < least) {
      least = error
      best = expBits
    }
  }
  return best
}

/** sigmaLog2 from which on the authors' released code takes one exponent bit more, by number of bits. */
const REFERENCE_THRESHOLDS: Readonly<Record<number, readonly number[]>> = {
  3: [0.7],
  4: [0.5, 1.2],
  5: [0.2, 1, 2.4],
  6: [0.3, 0.9, 2, 4.9],
  7: [0.3, 0.7, 1.7, 4, 9.4],
  8: [0.1, 0.6, 1.4, 3.7, 8.1, 19.3],
}

/**
 * The number of exponent bits that the authors' released code takes, for 3 to 8 bits. It always leaves a mantissa bit,
 * so that its last threshold has no effect.
 */
export function referenceExponentBits(bits: number, sigmaLog2: number): number {
  const passed = REFERENCE_THRESHOLDS[bits].filter((threshold) => sigmaLog2 >= threshold).length
  return Math.min(bits - 2, 1 + passed)
}
