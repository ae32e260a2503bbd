/** Every row of the table on every backend against the plain reference: the same bits, or within the row's bound. */
import { type Backend, type Element, type ElementArrays, prepareRow, type Row, type Sample } from '@ukernels/runtime'
import { argumentsOf, call, createSampleSource, relativeError, tableBackends } from '@ukernels/test-kit'
import { describe, expect, it } from 'vitest'
import { abi, samples } from '../dist/abi.js'
import { createReference } from './reference/index.js'

type AnyArray = ElementArrays[Element]

const backends = tableBackends(abi, new URL('../', import.meta.url), [2])

/** Arrays that hold a row's own notes, or room that it need not fill. */
const notes: Record<string, readonly string[]> = {
  symEig: ['work'],
  kcenter: ['gaps', 'state', 'owner'],
  scoreSort: ['keys', 'order', 'counts'],
  aucPass: ['previous'],
  proPass: ['previous', 'state', 'points'],
}

const bytesOf = (x: AnyArray) => Buffer.from(x.buffer, x.byteOffset, x.byteLength)

/** ‖A v − λ v‖ of every pair, over d · |λ|max. */
function residual(d: number, a: Float64Array, vectors: Float64Array, values: Float64Array): number {
  let worst = 0
  for (let i = 0; i < d; i++) {
    let square = 0
    for (let r = 0; r < d; r++) {
      let sum = -values[i] * vectors[i * d + r]
      for (let j = 0; j < d; j++) sum += a[r * d + j] * vectors[i * d + j]
      square += sum * sum
    }
    worst = Math.max(worst, Math.sqrt(square))
  }
  return worst / (d * Math.max(...values.map(Math.abs)))
}

describe.each(backends)('rows against the reference: $label', ({ backend }) => {
  const reference = createReference() as unknown as Backend
  const generic = backend as unknown as Backend

  it.each(Object.keys(abi.rows) as (keyof typeof abi.rows)[])('%s', (name) => {
    const source = abi.rows[name] as unknown as Row
    const row = prepareRow(name, source)
    samples[name](createSampleSource(0x5eed)).forEach((sample: Sample, s) => {
      // The reference is slow: what is much larger than a chunk is left to the parity test.
      if (Object.values(sample).some((v) => ArrayBuffer.isView(v) && v.byteLength > 400_000)) return
      const [expected, found] = [argumentsOf(row, sample), argumentsOf(row, sample)]
      const status = call(reference, name, expected)
      expect(call(generic, name, found), `status of sample ${s}`).toBe(status)
      if (status !== 0) return
      if (name === 'symEig') {
        const [a, values] = [found[2], found[3]] as Float64Array[]
        expect(residual(sample.d as number, sample.a as Float64Array, a, values)).toBeLessThan(1e-12)
        expect(relativeError(values, expected[3] as Float64Array)).toBeLessThan(1e-12)
        return
      }
      const bound = /^relative (.*)/.exec(source.determinism)
      const exact = bound === null || sample.numerics === 1
      row.params.forEach((param, i) => {
        const kept = param.kind === 'output' || param.kind === 'inout' || param.kind === 'report'
        if (!kept || notes[name]?.includes(param.name)) return
        const [a, b] = [found[row.args[i]], expected[row.args[i]]] as (AnyArray | undefined)[]
        if (a === undefined || b === undefined) return
        if (exact) expect(Buffer.compare(bytesOf(a), bytesOf(b)), `bits of ${param.name}, sample ${s}`).toBe(0)
        else
          expect(relativeError(a, b), `error of ${param.name}, sample ${s}`).toBeLessThanOrEqual(
            Number((bound as RegExpExecArray)[1]),
          )
      })
    })
  })
})
