/** Errors of this kernel's own; everything else is thrown as the runtime's classes. */
import { KernelError } from '@ukernels/runtime'

/** A metric that doesn't exist for the data: one class only, no region, no background, too few pixels. */
export class UndefinedMetricError extends KernelError {
  declare readonly code: 'ERR_UKERNELS_UNDEFINED_METRIC'
  constructor(message: string) {
    super('ERR_UKERNELS_UNDEFINED_METRIC', message)
  }
}

/** Training left the range where it can recover; the parameters and their average are those of the last good step. */
export class DivergedError extends KernelError {
  declare readonly code: 'ERR_UKERNELS_DIVERGED'
  constructor(message: string) {
    super('ERR_UKERNELS_DIVERGED', message)
  }
}

export const disposedError = (what: string) => new KernelError('ERR_UKERNELS_DISPOSED', `this ${what} was disposed`)
