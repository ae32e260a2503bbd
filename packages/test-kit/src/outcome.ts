/** What a call of a row leaves behind, and how two of them compare. */
import type { Backend, Element, ElementArrays, PreparedRow, Row, Sample } from '@ukernels/runtime'
import { sameBytes } from './bytes.js'
import { relativeError } from './closeness.js'
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

/** First difference between two outcomes, in words; undefined when they are the same bits. */
export function difference(a: Outcome, b: Outcome): string | undefined {
  if (a.status !== b.status) return `status ${b.status} instead of ${a.status}`
  for (const [name, expected] of a.bytes) {
    const found = b.bytes.get(name) as Uint8Array
    if (found.length !== expected.length) return `${name}: ${found.length} bytes instead of ${expected.length}`
    if (sameBytes(expected, found)) continue
    const at = expected.findIndex((byte, i) => byte !== found[i])
    return `${name}: byte ${at} is ${found[at]} instead of ${expected[at]}`
  }
  return undefined
}

/** Whether a sample must give the same bits everywhere: `numerics` 1 asks a tolerance row for its exact form. */
export const isExact = ({ row }: PreparedRow, sample: Sample) => row.determinism === 'exact' || sample.numerics === 1

/** The t of a row's 'relative t'; undefined for other rows. */
function boundOf({ determinism }: Row): number | undefined {
  const t = /^relative (\S+)/.exec(determinism)?.[1]
  return t === undefined ? undefined : Number(t)
}

const floats = (bytes: Uint8Array, element: Element) =>
  element === 'f32' ? new Float32Array(bytes.slice().buffer) : new Float64Array(bytes.slice().buffer)

/** Why two outcomes, each within the row's bound of the truth, are further apart than that allows. */
export function deviation(row: PreparedRow, a: Outcome, b: Outcome): string | undefined {
  if (a.status !== b.status) return `status ${b.status} instead of ${a.status}`
  const bound = boundOf(row.row)
  if (bound === undefined) return undefined
  for (const { param } of row.arrays) {
    const [expected, found] = [a.bytes.get(param.name), b.bytes.get(param.name)]
    if (!expected || !found || (param.element !== 'f32' && param.element !== 'f64')) continue
    const error = relativeError(floats(found, param.element), floats(expected, param.element))
    if (!(error <= 2 * bound)) return `${param.name}: relative difference ${error}`
  }
  return undefined
}
