/** Every row of the table on every backend against the plain reference: the same bits, or within the row's bound. */
import { type Backend, type Element, type ElementArrays, prepareRow, type Row, type Sample } from '@ukernels/runtime'
import { argumentsOf, call, createSampleSource, relativeError, sameBytes, tableBackends } from '@ukernels/test-kit'
import { describe, expect, it } from 'vitest'
import loadAddon from '#native'
import wasm from '#wasm'
import { abi, samples } from '../dist/abi.js'
import { createReference } from './reference/index.js'

type AnyArray = ElementArrays[Element]

const backends = tableBackends(abi, { loadAddon, wasm }, [2])

/** Arrays that hold a row's own notes, or room that it need not fill. */
const notes: Record<string, readonly string[]> = {
  symEig: ['work'],
  kcenter: ['gaps', 'state', 'owner'],
  scoreSort: ['keys', 'order', 'counts'],
  classSort: ['counts'],
  proPass: ['previous', 'state', 'points'],
}

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

type RowName = keyof typeof abi.rows

const reference = createReference() as unknown as Backend

/** The reference is slow: much more than a chunk, and much of the largest network, are left to the parity test. */
function isSmall(sample: Sample): boolean {
  const lengths = Object.values(sample).map((v) => (ArrayBuffer.isView(v) ? v.byteLength : 0))
  const { params, x, steps = 1 } = sample as { params?: Float32Array; x?: Float32Array; steps?: number }
  return Math.max(...lengths) <= 400_000 && (params?.length ?? 0) * (x?.length ?? 0) * steps <= 2e8
}

/** A row's samples with what the reference makes of each. */
function makeCases(name: RowName) {
  const row = prepareRow(name, abi.rows[name] as unknown as Row)
  return samples[name](createSampleSource(0x5eed))
    .filter(isSmall)
    .map((sample: Sample) => {
      const expected = argumentsOf(row, sample)
      return { sample, status: call(reference, name, expected), expected }
    })
}
const cases = new Map<RowName, ReturnType<typeof makeCases>>()
function casesOf(name: RowName): ReturnType<typeof makeCases> {
  const known = cases.get(name) ?? makeCases(name)
  cases.set(name, known)
  return known
}

describe.each(backends)('rows against the reference: $label', ({ backend }) => {
  const generic = backend as unknown as Backend

  it.each(Object.keys(abi.rows) as RowName[])('%s', (name) => {
    const source = abi.rows[name] as unknown as Row
    const row = prepareRow(name, source)
    casesOf(name).forEach(({ sample, status, expected }, s) => {
      const found = argumentsOf(row, sample)
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
        if (exact) expect(sameBytes(a, b), `bits of ${param.name}, sample ${s}`).toBe(true)
        else
          expect(relativeError(a, b), `error of ${param.name}, sample ${s}`).toBeLessThanOrEqual(
            Number((bound as RegExpExecArray)[1]),
          )
      })
    })
  })
})
