/** Low-level calls of this kernel, and what makes them. */
import { type Backend, Runner, stepsOf } from '@ukernels/runtime'
import { abi, type GradientQuantizationAbi } from './abi.js'

export type { Operation, Step, Steps } from '@ukernels/runtime'

export const step = /* @__PURE__ */ stepsOf<GradientQuantizationAbi>()

/** What the public options call the outputs of several arrays. */
const outNames = {
  data: 'out.data',
  scales: 'out.scales',
  classes: 'out.classes',
  values: 'out.values',
}

/** Runs the operations of a kernel. */
export type KernelRunner = Runner<GradientQuantizationAbi>
export const runnerOf = (backend: Backend<GradientQuantizationAbi>): KernelRunner => new Runner(abi, backend, outNames)
