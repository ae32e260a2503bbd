/** Low-level calls of this kernel, and what operations on data share. */
import { createReport, NonFiniteError, type Real, type Runner, type Steps, stepsOf, tagOf } from '@ukernels/runtime'
import { type AnomalyEnergyAbi, abi } from './abi.js'

export type { Steps } from '@ukernels/runtime'

/** What models need of the kernel they belong to. */
export type KernelRunner = Runner<AnomalyEnergyAbi>

export const step = stepsOf<AnomalyEnergyAbi>()

type Rows = AnomalyEnergyAbi['rows']
/** A fresh report of a row. */
export const reportOf = <K extends keyof Rows>(row: K): ReturnType<typeof createReport<Rows[K]['params']>> =>
  createReport(abi.rows[row] as never) as ReturnType<typeof createReport<Rows[K]['params']>>

/** Throws when a report found a NaN or ±Inf; its index is Infinity otherwise. */
export function refuseNonFinite(name: string, first: number, before = 0): void {
  if (first === Infinity) return
  const index = before + first
  throw new NonFiniteError(`${name}[${index}] must be finite, got NaN or ±Infinity`, index)
}

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
