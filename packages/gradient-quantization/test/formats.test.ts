import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asFormat, defineFormat, type Format, finite, formats, ieee, sharedDecodeTable } from '../src/formats.js'
import { bitsOf, expectError } from './support.js'

const NAN = 0x7fc00000

/** The table of the formats: name, bits, bias, max, code of max, least normal and subnormal, Inf and NaN code. */
const rows: [keyof typeof formats, number, number, number, number, number, number, number?, number?][] = [
  ['e4m3fn', 8, 7, 448, 0x7e, 2 ** -6, 2 ** -9, undefined, 0x7f],
  ['e5m2', 8, 15, 57344, 0x7b, 2 ** -14, 2 ** -16, 0x7c, 0x7e],
  ['e4m3', 8, 7, 240, 0x77, 2 ** -6, 2 ** -9, 0x78, 0x7c],
  ['e3m4', 8, 3, 15.5, 0x6f, 2 ** -2, 2 ** -6, 0x70, 0x78],
  ['e4m3fnuz', 8, 8, 240, 0x7f, 2 ** -7, 2 ** -10, undefined, 0x80],
  ['e5m2fnuz', 8, 16, 57344, 0x7f, 2 ** -15, 2 ** -17, undefined, 0x80],
  ['e4m3b11fnuz', 8, 11, 30, 0x7f, 2 ** -10, 2 ** -13, undefined, 0x80],
  ['e2m3fn', 6, 1, 7.5, 0x1f, 1, 0.125],
  ['e3m2fn', 6, 3, 28, 0x1f, 0.25, 0.0625],
  ['e2m1fn', 4, 1, 6, 7, 1, 0.5],
  ['e8m0fnu', 8, 127, 2 ** 127, 0xfe, 2 ** -127, 2 ** -127, undefined, 0xff],
]

it.each(rows)('%s is as in the table', (name, bits, bias, max, maxCode, minNormal, minSubnormal, infCode, nanCode) => {
  expect({ ...formats[name] }).toMatchObject({ name, bits, bias, max, maxCode, minNormal, minSubnormal })
  expect([formats[name].infCode, formats[name].nanCode]).toEqual([infCode, nanCode])
  expect(formats[name].decodeTable()[maxCode]).toBe(max)
  expect(rows).toHaveLength(Object.keys(formats).length)
})

/** The value of a code straight from the definition. */
function definedValue(code: number, { bits, expBits, manBits, bias, special }: Format): number {
  if (special === 'e8m0') return code === 255 ? NaN : 2 ** (code - 127)
  const sign = code >>> (bits - 1) ? -1 : 1
  const magnitude = code & ((1 << (bits - 1)) - 1)
  const [e, m] = [magnitude >>> manBits, magnitude & ((1 << manBits) - 1)]
  const ones = 2 ** expBits - 1
  if (special === 'ieee' && e === ones) return m === 0 ? sign * Infinity : NaN
  if (special === 'fn' && magnitude === 2 ** (bits - 1) - 1) return NaN
  if (special === 'fnuz' && sign < 0 && magnitude === 0) return NaN
  return e === 0 ? sign * 2 ** (1 - bias) * (m / 2 ** manBits) : sign * 2 ** (e - bias) * (1 + m / 2 ** manBits)
}

function checkTable(format: Format): void {
  const table = format.decodeTable()
  expect(table).toHaveLength(2 ** format.bits)
  const bits = bitsOf(table)
  const wrong = [...table.keys()].filter((code) => {
    const expected = definedValue(code, format)
    return Number.isNaN(expected) ? bits[code] !== NAN : !Object.is(table[code], expected)
  })
  expect(wrong, `codes of ${format.name}`).toEqual([])
  const numbers = table.filter((value) => Math.abs(value) < Infinity)
  expect(format.max).toBe(numbers.reduce((a, b) => Math.max(a, b)))
  expect(format.minSubnormal).toBe(numbers.filter((value) => value > 0).reduce((a, b) => Math.min(a, b)))
}

describe('every code of', () => {
  it.each(Object.values(formats))('$name', checkTable)

  it('every split of 2 to 8 bits, with and without reserved codes', () => {
    for (let expBits = 1; expBits <= 7; expBits++) {
      for (let manBits = 0; expBits + manBits <= 7 && manBits <= 6; manBits++) {
        for (const special of ['ieee', 'fn', 'fnuz', 'finite'] as const) {
          if (expBits + manBits === 1 && (special === 'ieee' || special === 'fn')) continue
          checkTable(defineFormat({ expBits, manBits, special }))
        }
      }
    }
  })

  it('any bias that f32 holds', () => {
    const shape = fc.record({
      expBits: fc.integer({ min: 1, max: 7 }),
      manBits: fc.integer({ min: 0, max: 6 }),
      bias: fc.integer({ min: -130, max: 155 }),
      special: fc.constantFrom('ieee', 'fn', 'fnuz', 'finite'),
    })
    fc.assert(
      fc.property(shape, (definition) => {
        let format: Format
        try {
          format = defineFormat(definition as Parameters<typeof defineFormat>[0])
        } catch (error) {
          expect(error).toHaveProperty('code', 'ERR_UKERNELS_RANGE')
          return
        }
        checkTable(format)
        expect(format.minSubnormal).toBeGreaterThanOrEqual(2 ** -149)
        expect(format.max).toBeLessThanOrEqual(3.4028234663852886e38)
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})

describe('the paper formats', () => {
  it('have bias 2^(e−1) − 1 and max (2 − 2^−m)·2^(2^(e−1) − 1)', () => {
    for (let e = 2; e <= 7; e++) {
      for (let m = 0; e + m <= 7; m++) {
        const format = ieee(e, m)
        expect(format.bias).toBe(2 ** (e - 1) - 1)
        expect(format.max).toBe((2 - 2 ** -m) * 2 ** (2 ** (e - 1) - 1))
        expect(format.nanCode).toBe(m === 0 ? undefined : (format.infCode as number) + 2 ** (m - 1))
      }
    }
  })

  it('include the named ones, as the same objects', () => {
    expect(ieee(4, 3)).toBe(formats.e4m3)
    expect(ieee(5, 2)).toBe(formats.e5m2)
    expect(ieee(3, 4)).toBe(formats.e3m4)
    expect(finite(2, 1)).toBe(formats.e2m1fn)
    expect(finite(3, 2, 3)).toBe(formats.e3m2fn)
    expect(defineFormat({ expBits: 4, manBits: 3, special: 'fn' })).toBe(formats.e4m3fn)
    expect(defineFormat({ expBits: 5, manBits: 2, special: 'fnuz' })).toBe(formats.e5m2fnuz)
  })

  it('are named by the call that makes them', () => {
    expect([ieee(3, 2).name, finite(3, 0, 2).name, finite(3, 0).name]).toEqual([
      'ieee(3,2)',
      'finite(3,0,2)',
      'finite(3,0)',
    ])
  })

  it('imitate the released cast: exponent all ones is one more binade below 8 bits', () => {
    const compat = { compat: 'reference' } as const
    const small = ieee(3, 2, compat)
    expect([small.max, small.maxCode, small.infCode, small.nanCode]).toEqual([14, 0x1b, undefined, undefined])
    expect([...small.decodeTable().subarray(0x1b, 0x20)]).toEqual([14, 16, 20, 24, 28])
    expect(small.decodeTable()).toEqual(finite(3, 2).decodeTable())
    expect(ieee(4, 1, compat).decodeTable()[0b11110]).toBe(256)
    expect(ieee(4, 3, compat)).toBe(formats.e4m3)
  })
})

describe('a format', () => {
  it('is frozen, and its decode table is a copy', () => {
    expect(Object.isFrozen(formats)).toBe(true)
    expect(Object.isFrozen(formats.e4m3fn)).toBe(true)
    const table = formats.e4m3fn.decodeTable()
    table.fill(0)
    expect(formats.e4m3fn.decodeTable()[0x7e]).toBe(448)
    expect(sharedDecodeTable(formats.e4m3fn)).toBe(sharedDecodeTable(formats.e4m3fn))
  })

  it('survives structuredClone through asFormat', () => {
    for (const format of [...Object.values(formats), ieee(3, 2, { compat: 'reference' })]) {
      expect(asFormat(structuredClone(format))).toBe(format)
    }
  })

  it.each<[Record<string, unknown>, string[]]>([
    [{ expBits: 0, manBits: 3, special: 'fn' }, ['expBits', '0']],
    [{ expBits: 8, manBits: 0, special: 'fn' }, ['expBits', '8']],
    [{ expBits: 4, manBits: 7, special: 'fn' }, ['manBits', '7']],
    [{ expBits: 5, manBits: 3, special: 'fn' }, ['at most 8', '9']],
    [{ expBits: 4, manBits: 3.5, special: 'fn' }, ['manBits', '3.5']],
    [{ expBits: 4, manBits: 3, bias: 148, special: 'fn' }, ['bias', '148']],
    [{ expBits: 4, manBits: 3, bias: -113, special: 'finite' }, ['bias', '-113']],
    [{ expBits: 4, manBits: 3, bias: NaN, special: 'finite' }, ['bias', 'NaN']],
    [{ expBits: 1, manBits: 0, special: 'ieee' }, ['finite value']],
  ])('%o is out of range', (definition, texts) => {
    expectError(() => defineFormat(definition as never), RangeError, 'RANGE', ...texts)
  })

  it('refuses wrong types', () => {
    expectError(() => defineFormat({ expBits: '4', manBits: 3, special: 'fn' } as never), TypeError, 'TYPE', 'expBits')
    expectError(() => defineFormat({ expBits: 4, manBits: 3, special: 'e8m0' } as never), TypeError, 'TYPE', 'e8m0')
    expectError(
      () => defineFormat({ expBits: 4, manBits: 2, special: 'fn', compat: 'reference' }),
      TypeError,
      'TYPE',
      'compat',
    )
    expectError(() => asFormat('e4m3fn' as never), TypeError, 'TYPE', 'format')
    expectError(() => asFormat(null as never), TypeError, 'TYPE', 'format')
    expectError(() => asFormat({} as never), TypeError, 'TYPE', 'special')
  })
})

it('says what is wrong with a definition', () => {
  expectError(() => defineFormat(undefined as never), TypeError, 'TYPE', 'definition')
  expectError(() => ieee(4, 1, 'reference' as never), TypeError, 'TYPE', 'options', "'reference'")
  expectError(() => asFormat('e4m3fn' as never), TypeError, 'TYPE', 'formats.e4m3fn', "got 'e4m3fn'")
})
