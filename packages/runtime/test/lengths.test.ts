import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileLength, emitLength, namesIn, parseLength } from '../src/lengths.js'

const evaluate = (text: string, scope: Record<string, number>) =>
  compileLength(parseLength(text), Object.keys(scope))(Object.values(scope))

describe('length expressions', () => {
  it.each([
    ['n', { n: 7 }, 7],
    ['(n * width + 7) / 8', { n: 5, width: 4 }, 3],
    ['2 + 3 * 4', {}, 14],
    ['20 - 3 - 4', {}, 13],
    ['17 % 5 * 2', {}, 4],
    ['min(n, 3) + max(n, 3)', { n: 10 }, 13],
    ['n / 0', { n: 10 }, 0],
    ['n % 0', { n: 10 }, 0],
  ] as const)('%s', (text, scope, expected) => {
    expect(evaluate(text, scope)).toBe(expected)
  })

  it('packs like integer arithmetic at every length and width', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.integer({ min: 2, max: 8 }), (n, width) => {
        expect(BigInt(evaluate('(n * width + 7) / 8', { n, width }))).toBe((BigInt(n) * BigInt(width) + 7n) / 8n)
      }),
    )
  })

  it.each(['', 'n +', '(n', 'n n', '2 ** 3', 'min(n)', 'n; m', ')'])('refuses %j', (text) => {
    expect(() => parseLength(text)).toThrow(SyntaxError)
  })

  it('refuses an unknown name when compiled', () => {
    expect(() => compileLength(parseLength('n + m'), ['n'])).toThrow(/unknown name 'm'/)
  })

  it('lists each name once and spells itself for native code', () => {
    const expression = parseLength('min(n * n, m) / 8 % n')
    expect(namesIn(expression)).toEqual(['n', 'm'])
    expect(
      emitLength(
        expression,
        (name) => `f.${name}`,
        (fn, a, b) => `${fn}(${a}, ${b})`,
      ),
    ).toBe('modulo(divide(min((f.n * f.n), f.m), 8), f.n)')
  })
})
