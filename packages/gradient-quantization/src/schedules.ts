import { integer } from '@ukernels/runtime'

/** When to measure a layer's gradients and when to quantize or prune them, by training step from 0. */
export type Schedule = (step: number) => { collect: boolean; active: boolean }

const checkSteps = (stepsPerEpoch: number) => integer('stepsPerEpoch', stepsPerEpoch, 4, Number.MAX_SAFE_INTEGER)

/** The schedules of the paper's authors, for `LayerTracker`. Source: the released code of Chmiel et al., ICLR 2021. */
export const schedules = /* @__PURE__ */ Object.freeze({
  /**
   * Pruning: the first half epoch is dense; then, and again at the start of every epoch, two steps are measured, and
   * the threshold stays as it is.
   *
   * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
   */
  pruning(stepsPerEpoch: number): Schedule {
    checkSteps(stepsPerEpoch)
    const half = Math.floor(stepsPerEpoch / 2)
    return (step) => {
      const inEpoch = step % stepsPerEpoch
      if (step < half) return { collect: false, active: false }
      const since = step < stepsPerEpoch ? inEpoch - half : inEpoch
      return { collect: since < 2, active: true }
    }
  },

  /**
   * Quantization: epoch 0 in full precision; then at the start of every epoch one step measured in full precision,
   * one measured and quantized, and the others quantized with format and scale as they are.
   *
   * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
   */
  quantization(stepsPerEpoch: number): Schedule {
    checkSteps(stepsPerEpoch)
    return (step) => {
      const inEpoch = step % stepsPerEpoch
      if (step < stepsPerEpoch) return { collect: false, active: false }
      return { collect: inEpoch < 2, active: inEpoch > 0 }
    }
  },
})
