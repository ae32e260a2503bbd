/** Text and class for a status of the low-level functions: it exists here only. */
import {
  type ErrorCode,
  harnessStatus,
  KernelError,
  overlapError,
  prepareRow,
  tooLargeError,
  typeError,
} from '@ukernels/runtime'
import { abi } from './abi.js'

/** The error for a negative status of a row. */
export function statusError(row: keyof typeof abi.rows, status: number): Error {
  const failed = (code: ErrorCode, message: string) => new KernelError(code, message)
  switch (status) {
    case harnessStatus.outOfMemory:
      return tooLargeError(`${row}: more memory than the backend can have; use smaller inputs`)
    case harnessStatus.busy:
      return failed('ERR_UKERNELS_BUSY', `${row}: an asynchronous call is using this object`)
    case harnessStatus.disposed:
    case harnessStatus.badHandle:
      return failed('ERR_UKERNELS_DISPOSED', `${row}: the kernel was disposed`)
    case harnessStatus.detached:
      return typeError('out is detached: its buffer was transferred during the call')
    default:
      return argumentError(row, status) ?? failed('ERR_UKERNELS_INTERNAL', `${row}: status ${status}`)
  }
}

/** What the public options call the outputs of several arrays; a single one is `out`. */
const outNames: Record<string, string> = {
  data: 'out.data',
  scales: 'out.scales',
  classes: 'out.classes',
  values: 'out.values',
}

/** Arguments are checked before the call, so only what changes meanwhile ends here. */
function argumentError(row: keyof typeof abi.rows, status: number): Error | undefined {
  const prepared = prepareRow(row, abi.rows[row])
  const nameOf = (arg: number) => prepared.params[prepared.args.indexOf(arg)]?.name
  if (status <= harnessStatus.overlap) {
    const param = nameOf(harnessStatus.overlap - status) ?? ''
    return overlapError(`${outNames[param] ?? 'out'} must be memory of its own, got bytes that overlap another array`)
  }
  if (status > harnessStatus.badArgument) return undefined
  const message = `${row}: unexpected ${nameOf(harnessStatus.badArgument - status)}`
  return new KernelError('ERR_UKERNELS_INTERNAL', message)
}
