// Every row over the table's samples against its plain reference: the same bits, or within the stated bound. Networks
// asked for exact numerics give the same bits as well.
import { type ArrayParam, type Element, prepareRow, type Sample } from '@ukernels/runtime'
import { argumentsOf, call } from '@ukernels/test-kit'
import { describe, expect, it } from 'vitest'
import { abi } from '../../../packages/anomaly-energy/dist/abi.js'
import { createReference } from '../../../packages/anomaly-energy/test/reference/index.js'
import { type AnyArray, backend, expectClose, expectSame, type RowName, samplesOf } from './core.js'

const reference = createReference()

/** Workspace of the caller's, which the reference has no use for. */
const workspace = new Set([
  'kcenter.gaps',
  'kcenter.state',
  'scoreSort.keys',
  'scoreSort.order',
  'scoreSort.counts',
  'aucPass.previous',
  'proPass.previous',
])

function compare(name: RowName, sample: Sample): void {
  const row = prepareRow(name, abi.rows[name] as never)
  const [found, expected] = [argumentsOf(row, sample), argumentsOf(row, sample)]
  expect(call(backend, name, found)).toBe(call(reference as never, name, expected))
  const bound = sample.numerics === 1 ? null : /^relative (.*)$/.exec(row.row.determinism)
  row.params.forEach((param, i) => {
    const [a, b] = [found[row.args[i]], expected[row.args[i]]] as AnyArray[]
    if (a === undefined || workspace.has(`${name}.${param.name}`)) return
    if (!['output', 'inout', 'report', 'used'].includes(param.kind)) return
    const floats = ['f32', 'f64'].includes((param as ArrayParam<'output', Element, boolean>).element)
    if (bound && floats) expectClose(a, b as unknown as ArrayLike<number>, Number(bound[1]))
    else expectSame(a, b)
  })
}

describe('rows', () => {
  // Eigenvectors are unique up to rotations among equal values only: subspace.test.ts.
  const names = (Object.keys(abi.rows) as RowName[]).filter((name) => name !== 'symEig')
  it.each(names)('%s', (name) => {
    for (const sample of samplesOf(name)) compare(name, sample)
  })
})
