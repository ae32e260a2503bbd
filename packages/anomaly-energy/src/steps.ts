/** Low-level calls of this kernel, and what operations on data share. */
import {
  NonFiniteError,
  type Real,
  type Runner,
  refuseNonFinite,
  reportsOf,
  type Steps,
  stepsOf,
  tagOf,
} from '@ukernels/runtime'
import { type AnomalyEnergyAbi, abi } from './abi.js'

export type { Steps } from '@ukernels/runtime'

/** What models need of the kernel they belong to. */
export type KernelRunner = Runner<AnomalyEnergyAbi>

export const step = /* @__PURE__ */ stepsOf<AnomalyEnergyAbi>()

/** A fresh report of a row. */
export const reportOf = /* @__PURE__ */ reportsOf(abi)

/** Throws for the first NaN or ±Inf in x. */
export function* checkFinite(name: string, x: Real): Steps<void> {
  if (tagOf(x) === 'Float64Array') {
    const report = reportOf('finite64')
    yield step('finite64', 'check', x.length, [x as Float64Array, report])
    refuseNonFinite(name, report.firstNonFinite)
  } else {
    const report = reportOf('finite')
    yield step('finite', 'check', x.length, [x as Float32Array, report])
    refuseNonFinite(name, report.firstNonFinite)
  }
}

/** Shared memory may change while a fit reads it. Throws where what follows from data that were finite no longer is. */
export function refuseChanged(name: string, data: Real, result: Real): void {
  const isNot = (v: number) => !Number.isFinite(v)
  if (!result.some(isNot)) return
  const message = `${name} must be finite, its mean and covariance too, and stay as it is until the fit settles`
  throw new NonFiniteError(message, Math.max(0, data.findIndex(isNot)))
}
