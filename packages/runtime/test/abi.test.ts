import { describe, expect, it } from 'vitest'
import { f64, inout, input, min, output, report, row, span, sum, u32, used } from '../src/abi.js'
import { checkArguments } from '../src/arguments.js'
import { prepareRow } from '../src/prepared-row.js'
import { createReport, ReportMerger } from '../src/report.js'

describe('prepared rows', () => {
  it('binds names by the first bare array, slices what depends on the total', () => {
    const prepared = prepareRow(
      'pack',
      row([
        input('x', 'f32', 'n'),
        input('table', 'u8', '16'),
        u32('width'),
        output('codes', 'u8', 'n * width'),
        span('n', 64),
      ]),
    )
    expect(prepared.names).toEqual(['width', 'n'])
    expect(prepared.arrays.map((a) => [a.param.name, a.binds, a.sliced])).toEqual([
      ['x', 1, true],
      ['table', -1, false],
      ['codes', -1, true],
    ])
    expect(prepared.args).toEqual([0, 1, 2, 3, -1])
    expect(prepared.serial).toBe(false)
  })

  it('runs in order where a whole array is written or an input is consumed', () => {
    const table = row([input('x', 'f32', 'n'), inout('hist', 'u32', '16'), span('n', 64)])
    const consumed = row([input('values', 'f32', 'm'), used('values'), output('out', 'f32', 'n'), span('n', 64)])
    expect(prepareRow('table', table).serial).toBe(true)
    expect(prepareRow('consumed', consumed).serial).toBe(true)
  })

  it.each([
    [row([u32('n'), f64('n')]), /two parameters/],
    [row([input('x', 'f32', 'n'), span('m', 64)]), /span over unknown 'm'/],
    [row([input('x', 'f32', 'n'), output('y', 'u8', 'k * 2')]), /unknown name 'k'/],
  ])('refuses a table that contradicts itself', (bad, message) => {
    expect(() => prepareRow('bad', bad)).toThrow(message)
  })
})

describe('arguments', () => {
  const prepared = prepareRow(
    'scale',
    row([input('x', 'f32', 'n'), u32('mode', 0, 2), output('out', 'f32', 'n', { alias: 'x' })]),
  )
  const checked = { scope: new Float64Array(2), lengths: new Float64Array(2), buffers: [] }
  const check = (...args: unknown[]) => checkArguments(prepared, args as never, checked)
  const x = new Float32Array(4)

  it('accepts what the row says, the coinciding output included', () => {
    expect(check(x, 0, new Float32Array(9))).toBe(0)
    expect(check(x, 2, x)).toBe(0)
  })
  it('names the argument that is wrong', () => {
    expect(check(new Float64Array(4), 0, x)).toBe(-32)
    expect(check(x, 3, x)).toBe(-33)
    expect(check(x, 0.5, x)).toBe(-33)
    expect(check(x, 0, new Float32Array(3))).toBe(-34)
    expect(check(x, 0, x.subarray(1))).toBe(-34)
  })
  it('refuses a partial overlap', () => {
    const memory = new Float32Array(8)
    expect(check(memory.subarray(0, 4), 0, memory.subarray(2, 6))).toBe(-98)
    expect(check(memory.subarray(0, 4), 0, memory.subarray(4))).toBe(0)
  })
})

describe('reports', () => {
  const source = row([input('x', 'f32', 'n'), report({ count: sum(), total: sum('i64'), first: min() }), span('n', 64)])

  it('reads fields by name, 64-bit sums as bigint', () => {
    const made = createReport(source)
    made[0] = 3
    new BigInt64Array(made.buffer)[1] = -(2n ** 60n)
    expect([made.count, made.total, made.first]).toEqual([3, -(2n ** 60n), 0])
  })

  it('merges chunks by rule, the first replacing what was there', () => {
    const merger = new ReportMerger(source)
    const made = createReport(source)
    made.fill(99)
    const slots = new Float64Array(3)
    const words = new BigInt64Array(slots.buffer)
    const chunk = (count: number, total: bigint, first: number) => {
      merger.clear(slots, words, 0)
      slots[0] += count
      words[1] += total
      slots[2] = Math.min(slots[2], first)
    }
    chunk(2, 5n, Number.POSITIVE_INFINITY)
    merger.merge(made, true, slots, words, 0)
    chunk(3, -7n, 41)
    merger.merge(made, false, slots, words, 0)
    expect([made.count, made.total, made.first]).toEqual([5, -2n, 41])
  })
})
