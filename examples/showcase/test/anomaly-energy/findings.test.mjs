import { describe, expect, it } from 'vitest'
import { barsOf, brickReference, fashionReference } from '../../anomaly-energy/bars.mjs'
import { imagesOf, PIXELS } from '../../anomaly-energy/fashion.mjs'
import { agreement, bitsOf, difference, share, timed } from '../../anomaly-energy/findings.mjs'

const finding = (values, tolerance = undefined) => ({
  task: '',
  result: '',
  ms: 1,
  bits: bitsOf([Float32Array.from(values)]),
  ...(tolerance && { tolerance, values: [Float32Array.from(values)] }),
})

describe('agreement', () => {
  it.each([
    ['same bits', true, 'same bits', finding([1, 2]), finding([1, 2])],
    ['an exact row that differs', false, 'DIFFERENT', finding([1, 2]), finding([1, 2.0001])],
    ['a near one', true, /within 1e-3$/, finding([1, 2], 1e-3), finding([1, 2.0001], 1e-3)],
    ['one too far', false, /BEYOND 1e-5$/, finding([1, 2], 1e-5), finding([1, 2.0001], 1e-5)],
  ])('of %s', (_, ok, text, a, b) => {
    expect(agreement([a, b])).toEqual({ ok, text: expect.stringMatching(text) })
  })

  it('is not a question with one backend', () => {
    expect(agreement([finding([1])])).toEqual({ ok: true, text: '' })
  })

  it('measures differences by the largest magnitude', () => {
    expect(difference([Float32Array.of(4, 0)], [Float32Array.of(4, 1)])).toBe(0.25)
    expect(difference([Float32Array.of(0)], [Float32Array.of(0)])).toBe(0)
    // A NaN on one side alone is no agreement.
    const nan = agreement([finding([1], 1), finding([Number.NaN], 1)])
    expect(nan.ok).toBe(false)
  })
})

it('prints shares as tables do', () => {
  expect([share(0.9214), share(1), share(0.88471, 4)]).toEqual(['.921', '1.000', '.8847'])
})

it('times work and gives its result', async () => {
  let calls = 0
  const { ms, value } = await timed(() => ++calls, 3)
  expect([calls, value]).toEqual([3, 3])
  expect(ms).toBeGreaterThanOrEqual(0)
})

it('picks the images of a class', () => {
  const images = Float32Array.from({ length: 3 * PIXELS }, (_, i) => Math.floor(i / PIXELS))
  const found = imagesOf({ images, labels: Uint8Array.of(5, 7, 5) }, 5)
  expect([found.length, found[0], found[PIXELS]]).toEqual([2 * PIXELS, 0, 2])
})

describe('acceptance bars', () => {
  const plan = { iterations: 300 }
  const inspection = (off) => ({
    maps: Object.entries(brickReference.maps).map(([sigma, [image, ...more]]) => ({
      sigma,
      figures: [image + off, ...more],
    })),
    scores: Object.entries(brickReference.scores).map(([how, auroc]) => ({ how, auroc })),
  })
  const clothes = (off) =>
    Object.entries(fashionReference).map(([score, of]) => ({ score, auroc: { ...of, 4: of[4] + off } }))
  const judged = (gain) => [{ gL2: 0.6 }, { gL2: 0.6 + gain }]
  const ok = (...args) => barsOf(.../** @type {[any, any, any, any]} */ ([plan, ...args])).map((bar) => bar.ok)

  it('are reached', () => {
    expect(ok(inspection(0.02), clothes(0.0004), judged(0.06))).toEqual([true, true, true])
  })

  it('can each be missed', () => {
    expect(ok(inspection(0.04), clothes(0.0006), judged(0.04))).toEqual([false, false, false])
  })
})
