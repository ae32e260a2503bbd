import { describe, expect, it } from 'vitest'
import {
  FormatError,
  found,
  KernelError,
  KernelLoadError,
  KernelRangeError,
  KernelTypeError,
  lengthError,
  list,
  NonFiniteError,
  overlapError,
  RankDeficientError,
  rangeError,
  tooLargeError,
  typeError,
} from '../src/errors.js'

describe('error classes', () => {
  it.each([
    [typeError('m'), TypeError, KernelTypeError, 'TypeError', 'TYPE'],
    [rangeError('m'), RangeError, KernelRangeError, 'RangeError', 'RANGE'],
    [rangeError('m', 'ERR_UKERNELS_REWARD'), RangeError, KernelRangeError, 'RangeError', 'REWARD'],
    [lengthError('m'), RangeError, KernelRangeError, 'RangeError', 'LENGTH'],
    [overlapError('m'), RangeError, KernelRangeError, 'RangeError', 'OVERLAP'],
    [tooLargeError('m'), RangeError, KernelRangeError, 'RangeError', 'TOO_LARGE'],
    [new KernelError('ERR_UKERNELS_BUSY', 'm'), Error, KernelError, 'KernelError', 'BUSY'],
    [new NonFiniteError('m', 3), KernelError, NonFiniteError, 'NonFiniteError', 'NON_FINITE'],
    [new FormatError('ERR_UKERNELS_VERSION', 'm', 4), KernelError, FormatError, 'FormatError', 'VERSION'],
    [new RankDeficientError('m'), KernelError, RankDeficientError, 'RankDeficientError', 'RANK_DEFICIENT'],
    [new KernelLoadError('ERR_UKERNELS_ABI', 'm', []), KernelError, KernelLoadError, 'KernelLoadError', 'ABI'],
  ])('%s', (error, base, own, name, code) => {
    expect(error).toBeInstanceOf(base)
    expect(error).toBeInstanceOf(own)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name, code: `ERR_UKERNELS_${code}`, message: 'm' })
    expect(Object.keys(error)).not.toContain('message')
  })

  it('carry what their class promises', () => {
    const attempts = [{ backend: 'wasm', source: 's', code: 'NO_SIMD', message: 'm' }] as const
    expect(new NonFiniteError('m', 3).index).toBe(3)
    expect(new FormatError('ERR_UKERNELS_CORRUPT', 'm', 4).offset).toBe(4)
    expect(new KernelLoadError('ERR_UKERNELS_LOAD', 'm', attempts).attempts).toBe(attempts)
    const cause = new Error('why')
    expect(new KernelError('ERR_UKERNELS_INTERNAL', 'm', { cause }).cause).toBe(cause)
  })

  it("a kernel's own subclass bears its own name", () => {
    class SceneError extends KernelError {}
    expect(new SceneError('ERR_UKERNELS_SCENE', 'm').name).toBe('SceneError')
  })
})

describe('values in messages', () => {
  it.each([
    ['text', "'text'"],
    ['x'.repeat(99), `'${'x'.repeat(60)}…'`],
    [7n, '7n'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [new Float32Array(2), 'Float32Array'],
    [[1], 'Array'],
    [Object.create(null), 'an object'],
  ])('%s', (value, text) => {
    expect(found(value)).toBe(text)
  })
  it('lists names', () => {
    expect(list(['a', 'b'])).toBe("'a', 'b'")
  })
})
