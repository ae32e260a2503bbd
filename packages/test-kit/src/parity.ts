import {
  type Abi,
  type Backend,
  type Element,
  type ElementArrays,
  harnessStatus,
  type PreparedRow,
  prepareRow,
  type Sample,
  type Samples,
} from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { deviation, difference, isExact, type Outcome, runSample } from './outcome.js'
import { argumentsOf, call, createSampleSource, start } from './samples.js'

type AnyArray = ElementArrays[Element]

/** A backend under test and how it was made, for messages. */
export interface NamedBackend<A extends Abi> {
  label: string
  backend: Backend<A>
}

/**
 * One test per row of a kernel's table: every sample gives the same bits on every backend, called at
 * once and as a job, and misuse is refused with the same status. The first backend is the reference.
 */
export function describeParity<A extends Abi>(abi: A, samples: Samples<A>, backends: readonly NamedBackend<A>[]): void {
  const rows = Object.entries(abi.rows).map(([name, row]) => prepareRow(name, row))
  const samplesOf = (name: string) => samples[name as keyof A['rows']](createSampleSource(0x5eed))
  const generic = backends.map(({ label, backend }) => ({ label, backend: backend as unknown as Backend }))

  const run = (backend: Backend, row: PreparedRow, sample: Sample, invoke: typeof call | typeof start) =>
    runSample(backend, row, sample, { rows, samplesOf, invoke })

  describe(`parity of ${abi.name}: ${generic.map((b) => b.label).join(', ')}`, () => {
    for (const row of rows) {
      const tolerant = row.row.determinism !== 'exact'
      const title = tolerant ? `${row.row.determinism}, same bits on one instruction set` : 'same bits everywhere'
      it(`${row.name}: ${title}`, async () => {
        for (const [i, sample] of samplesOf(row.name).entries()) {
          const exact = isExact(row, sample)
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
