/** Free energy of logits (Liu et al. 2020). */
import { checkApart, checkArray, checkOuts, lengthError, refuseNonFinite } from '@ukernels/runtime'
import { outFor } from './batch.js'
import { type FreeEnergyOptions, freeEnergySettings } from './options.js'
import { checkFinite, reportOf, type Steps, step } from './steps.js'

/** `AnomalyEnergyKernel.freeEnergy`. */
export function* freeEnergy(logits: Float32Array, k: number, options?: FreeEnergyOptions): Steps<Float32Array> {
  const { temperature, propagate } = freeEnergySettings(k, options)
  checkArray('logits', logits, 'Float32Array')
  if (logits.length % k !== 0)
    throw lengthError(`logits must have a multiple of k = ${k} elements, got ${logits.length}`)
  const n = logits.length / k
  const { out } = options ?? {}
  checkOuts(out, 'energy and gradient')
  const energy = outFor(out?.energy, n, logits, 'out.energy')
  const gradient = out?.gradient && outFor(out.gradient, n * k, logits, 'out.gradient')
  if (gradient && out?.energy) checkApart('out.gradient', gradient, 'out.energy', energy)
  // Arrays of the caller's stay as they are when the data are refused; new ones don't need the extra pass.
  if (!propagate && out !== undefined) yield* checkFinite('logits', logits)
  const report = reportOf('freeEnergy')
  yield step('freeEnergy', 'energy', n, [logits, n, k, temperature, energy, gradient, report])
  if (!propagate) refuseNonFinite('logits', report.firstNonFinite)
  return energy
}
