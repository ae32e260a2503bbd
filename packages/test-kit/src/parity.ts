import {
  type Abi,
  type Backend,
  type Element,
  type ElementArrays,
  harnessStatus,
  type PreparedRow,
  prepareRow,
  type Row,
  type Sample,
  type Samples,
} from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { argumentsOf, call, createSampleSource, openHandle, start } from './samples.js'

type AnyArray = ElementArrays[Element]

/** What a call left behind, as bytes: status, outputs, report and counts. */
interface Outcome {
  status: number
  bytes: Map<string, Uint8Array>
}

/** A backend under test and how it was made, for messages. */
export interface NamedBackend<A extends Abi> {
  label: string
  backend: Backend<A>
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

/** First difference between two outcomes, in words; undefined when they are the same bits. */
function difference(a: Outcome, b: Outcome): string | undefined {
  if (a.status !== b.status) return `status ${b.status} instead of ${a.status}`
  for (const [name, expected] of a.bytes) {
    const found = b.bytes.get(name) as Uint8Array
    if (found.length !== expected.length) return `${name}: ${found.length} bytes instead of ${expected.length}`
    if (Buffer.compare(expected, found) === 0) continue
    const at = expected.findIndex((byte, i) => byte !== found[i])
    return `${name}: byte ${at} is ${found[at]} instead of ${expected[at]}`
  }
  return undefined
}

/** The t of a row's 'relative t'; undefined for other rows. */
function boundOf({ determinism }: Row): number | undefined {
  const t = /^relative (\S+)/.exec(determinism)?.[1]
  return t === undefined ? undefined : Number(t)
}

/** Largest |a − b| over the largest |a|; NaN in the same places counts as none. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [worst, scale] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) !== Number.isNaN(b[i])) return Number.POSITIVE_INFINITY
    if (Number.isNaN(a[i]) || a[i] === b[i]) continue
    worst = Math.max(worst, Math.abs(a[i] - b[i]))
    scale = Math.max(scale, Math.abs(a[i]))
  }
  return worst === 0 ? 0 : worst / scale
}

const floats = (bytes: Uint8Array, element: Element) =>
  element === 'f32' ? new Float32Array(bytes.slice().buffer) : new Float64Array(bytes.slice().buffer)

/** Why two outcomes, each within the row's bound of the truth, are further apart than that allows. */
function deviation(row: PreparedRow, a: Outcome, b: Outcome): string | undefined {
  if (a.status !== b.status) return `status ${b.status} instead of ${a.status}`
  const bound = boundOf(row.row)
  if (bound === undefined) return undefined
  for (const { param } of row.arrays) {
    const [expected, found] = [a.bytes.get(param.name), b.bytes.get(param.name)]
    if (!expected || !found || (param.element !== 'f32' && param.element !== 'f64')) continue
    const error = relativeError(floats(expected, param.element), floats(found, param.element))
    if (!(error <= 2 * bound)) return `${param.name}: relative difference ${error}`
  }
  return undefined
}

/**
 * One test per row of a kernel's table: every sample gives the same bits on every backend, called at
 * once and as a job, and misuse is refused with the same status. The first backend is the reference.
 */
export function describeParity<A extends Abi>(abi: A, samples: Samples<A>, backends: readonly NamedBackend<A>[]): void {
  const rows = Object.entries(abi.rows).map(([name, row]) => prepareRow(name, row))
  const samplesOf = (name: string) => samples[name as keyof A['rows']](createSampleSource(0x5eed))
  const generic = backends.map(({ label, backend }) => ({ label, backend: backend as unknown as Backend }))

  /** Runs one sample; state is made for it and freed again. */
  const run = async (backend: Backend, row: PreparedRow, sample: Sample, invoke: typeof call | typeof start) => {
    const args = argumentsOf(row, sample)
    const at = row.params.findIndex((p) => p.kind === 'handle' || p.kind === 'frees')
    const param = row.params[at]
    if (param?.kind === 'handle' || param?.kind === 'frees')
      args[row.args[at]] = openHandle(backend, rows, param.type, samplesOf)
    const status = await invoke(backend, row.name, args)
    const outcome = outcomeOf(row, args, status)
    release(backend, row, args)
    return outcome
  }

  const release = (backend: Backend, row: PreparedRow, args: readonly unknown[]) => {
    const at = row.params.findIndex((p) => p.kind === 'handle' || p.kind === 'creates')
    const param = row.params[at]
    if (param?.kind !== 'handle' && param?.kind !== 'creates') return
    const freer = rows.find((r) => r.params.some((p) => p.kind === 'frees' && p.type === param.type))
    const value = args[row.args[at]]
    if (freer) call(backend, freer.name, [param.kind === 'creates' ? (value as Float64Array)[0] : value])
  }

  describe(`parity of ${abi.name}: ${generic.map((b) => b.label).join(', ')}`, () => {
    for (const row of rows) {
      const tolerant = row.row.determinism !== 'exact'
      const title = tolerant ? `${row.row.determinism}, same bits on one instruction set` : 'same bits everywhere'
      it(`${row.name}: ${title}`, async () => {
        for (const [i, sample] of samplesOf(row.name).entries()) {
          // `numerics` 1 asks a tolerance row for its exact form.
          const exact = !tolerant || sample.numerics === 1
          const first = await run(generic[0].backend, row, sample, call)
          const perIsa = new Map<string, Outcome>()
          for (const { label, backend } of generic) {
            const called = await run(backend, row, sample, call)
            expect(deviation(row, first, called), `sample ${i} on ${label}`).toBeUndefined()
            const key = exact ? '' : `${backend.kind} ${backend.info().isa}`
            const expected = perIsa.get(key) ?? called
            perIsa.set(key, expected)
            expect(difference(expected, called), `sample ${i} on ${label}`).toBeUndefined()
            if (row.span === undefined) continue
            const job = difference(expected, await run(backend, row, sample, start))
            expect(job, `sample ${i} as a job on ${label}`).toBeUndefined()
          }
        }
      })

      it(`${row.name}: misuse is refused, not read`, async () => {
        const sample = samplesOf(row.name).at(-1) as Sample
        for (const { label, backend } of generic) {
          for (const misuse of misuses(row, sample)) {
            const status = call(backend, row.name, misuse.args)
            expect(status, `${misuse.label} on ${label}`).toBe(misuse.status)
          }
        }
      })
    }
    afterAll(() => {
      for (const { backend } of generic) backend.dispose()
      for (const { backend, label } of generic)
        for (const row of rows)
          expect(call(backend, row.name, []), `${row.name} after dispose on ${label}`).toBe(harnessStatus.disposed)
    })
  })
}

/** Argument lists with one thing wrong each, and the status that must come back. */
function* misuses(row: PreparedRow, sample: Sample): Generator<{ label: string; args: unknown[]; status: number }> {
  const refused = (arg: number) => harnessStatus.badArgument - arg
  for (const { param, arg, binds } of row.arrays) {
    const wrongType = argumentsOf(row, sample)
    wrongType[arg] = param.element === 'i8' ? new Uint8Array(8) : new Int8Array(8)
    yield { label: `${param.name} of another element type`, args: wrongType, status: refused(arg) }
    const noArray = argumentsOf(row, sample)
    noArray[arg] = 7
    yield { label: `${param.name} a number`, args: noArray, status: refused(arg) }
    const short = argumentsOf(row, sample)
    const length = (short[arg] as AnyArray | undefined)?.length ?? 0
    if (binds >= 0 || length === 0) continue
    short[arg] = (short[arg] as AnyArray).subarray(0, length - 1)
    yield { label: `${param.name} one short`, args: short, status: refused(arg) }
  }
  for (const [i, param] of row.params.entries()) {
    const arg = row.args[i]
    const numeric = param.kind === 'u32' || param.kind === 'u64' || param.kind === 'i32'
    if (!numeric) continue
    for (const value of [0.5, -(2 ** 40), Number.NaN, 2 ** 70]) {
      const args = argumentsOf(row, sample)
      args[arg] = value
      yield { label: `${param.name} = ${value}`, args, status: refused(arg) }
    }
  }
  const handle = row.params.findIndex((p) => p.kind === 'handle' || p.kind === 'frees')
  if (handle >= 0)
    yield { label: 'a handle of nothing', args: argumentsOf(row, sample), status: harnessStatus.badHandle }
}
