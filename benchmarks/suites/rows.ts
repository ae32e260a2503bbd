/** A benchmark of every row of a kernel's table, made from the table's own samples: no row can be without one. */
import { type Abi, type Backend, prepareRow, type Sample, type Samples } from '@ukernels/runtime'
import { type Binaries, type TableBackend, tableBackends } from '@ukernels/test-kit/backends'
import { argumentsOf, call, createSampleSource, openHandle } from '@ukernels/test-kit/samples'
import { createAgreement } from '../harness/agreement.js'
import { digest } from '../harness/data.js'
import type { Case } from '../harness/measure.js'

const bytes = (sample: Sample) =>
  Object.values(sample).reduce<number>((sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 0), 0)

/** One case for each row and backend, with the row's largest sample. Rows that make or free state are left out. */
function rowCases<A extends Abi>(abi: A, samples: Samples<A>, backends: readonly TableBackend<A>[]): Case[] {
  const rows = Object.entries(abi.rows).map(([name, row]) => prepareRow(name, row))
  const samplesOf = (name: string) => samples[name as keyof A['rows']](createSampleSource(0x5eed))
  const timed = rows.filter((row) => !row.params.some((p) => p.kind === 'creates' || p.kind === 'frees'))
  return timed.flatMap((row) => {
    const exact = row.row.determinism === 'exact'
    const bound = 2 * Number(/^relative (\S+)/.exec(row.row.determinism)?.[1] ?? Infinity)
    const agreement = createAgreement()
    const sample = samplesOf(row.name).reduce((a, b) => (bytes(b) > bytes(a) ? b : a))
    return backends.map(({ backend, isa, threads }) => {
      const generic = backend as unknown as Backend
      const args = argumentsOf(row, sample)
      const handle = row.params.findIndex((p) => p.kind === 'handle')
      const param = row.params[handle]
      if (param?.kind === 'handle') args[row.args[handle]] = openHandle(generic, rows, param.type, samplesOf)
      const outputs = row.params.flatMap((p, i) =>
        p.kind === 'output' || p.kind === 'inout' ? [args[row.args[i]] as Uint8Array] : [],
      )
      // What a call changes in place starts anew: a second factorization of a factor would fail.
      const changed = row.params.flatMap((p, i) => (p.kind === 'inout' ? [args[row.args[i]] as Uint8Array] : []))
      const first = changed.map((array) => array.slice())
      const run = () => {
        changed.forEach((array, i) => {
          array.set(first[i])
        })
        const status = call(generic, row.name, args)
        if (status !== 0) throw new Error(`${row.name}: status ${status}`)
      }
      const n = Math.max(0, ...args.map((arg) => (ArrayBuffer.isView(arg) ? (arg as Uint8Array).length : 0)))
      const found = () => (exact ? digest(...outputs) : agreement(outputs, bound))
      return { group: `row ${row.name}`, backend: backend.kind, isa, threads, n, run, digest: found }
    })
  })
}

/** The low-level backends of a kernel, and the cases of its rows on them. */
export function openRows<A extends Abi>({ abi, samples }: { abi: A; samples: Samples<A> }, own: Binaries) {
  const backends = tableBackends(abi, own, [1])
  return {
    cases: () => rowCases(abi, samples, backends),
    dispose: () => {
      for (const { backend } of backends) backend.dispose()
    },
  }
}
