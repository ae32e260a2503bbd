import type { Backend, Element, ElementArrays, PreparedRow, Sample } from '@ukernels/runtime'
import { argumentsOf, call, openHandle, type start } from './samples.js'

type AnyArray = ElementArrays[Element]

/** What a call left behind, as bytes: status, outputs, report and counts. */
export interface Outcome {
  status: number
  bytes: Map<string, Uint8Array>
}

const bytesOf = (array: AnyArray) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

function outcomeOf(row: PreparedRow, args: readonly unknown[], status: number): Outcome {
  const bytes = new Map<string, Uint8Array>()
  if (status !== 0) return { status, bytes }
  const usedParam = row.params.find((p) => p.kind === 'used')
  row.params.forEach((param, i) => {
    const value = args[row.args[i]] as AnyArray | undefined
    if (value === undefined) return
    if (param.kind === 'report' || param.kind === 'used') bytes.set(param.name, bytesOf(value))
    if (param.kind !== 'output' && param.kind !== 'inout') return
    const written =
      usedParam?.array === param.name ? (args[row.args[row.params.indexOf(usedParam)]] as AnyArray)[0] : value.length
    bytes.set(param.name, bytesOf(value.subarray(0, Number(written)) as AnyArray))
  })
  return { status, bytes }
}

/** What a sample's run needs besides the row itself. */
export interface RunOptions {
  /** All rows of the table: some make and free the state that others need. */
  rows: readonly PreparedRow[]
  samplesOf: (row: string) => Sample[]
  invoke: typeof call | typeof start
}

/** Runs one sample; state is made for it and freed again. */
export async function runSample(
  backend: Backend,
  row: PreparedRow,
  sample: Sample,
  { rows, samplesOf, invoke }: RunOptions,
): Promise<Outcome> {
  const args = argumentsOf(row, sample)
  const at = row.params.findIndex((p) => p.kind === 'handle' || p.kind === 'frees')
  const param = row.params[at]
  if (param?.kind === 'handle' || param?.kind === 'frees')
    args[row.args[at]] = openHandle(backend, rows, param.type, samplesOf)
  const status = await invoke(backend, row.name, args)
  const outcome = outcomeOf(row, args, status)
  release(backend, rows, row, args)
  return outcome
}

function release(backend: Backend, rows: readonly PreparedRow[], row: PreparedRow, args: readonly unknown[]): void {
  const at = row.params.findIndex((p) => p.kind === 'handle' || p.kind === 'creates')
  const param = row.params[at]
  if (param?.kind !== 'handle' && param?.kind !== 'creates') return
  const freer = rows.find((r) => r.params.some((p) => p.kind === 'frees' && p.type === param.type))
  const value = args[row.args[at]]
  if (freer) call(backend, freer.name, [param.kind === 'creates' ? (value as Float64Array)[0] : value])
}
