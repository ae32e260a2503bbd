import { expect, it } from 'vitest'
import { Float8View } from '../src/float8-view.js'
import { formats } from '../src/formats.js'
import { bitsOf, expectError } from './support.js'

const { e4m3fn, e2m1fn } = formats
const codes = Uint8Array.of(0x00, 0x38, 0x7e, 0xfe, 0x80, 0x7f)
const values = [0, 1, 448, -448, -0, NaN]

it('reads like an array', () => {
  const view = new Float8View(codes, e4m3fn)
  expect(view).toHaveLength(6)
  expect([...view]).toEqual(values)
  expect(Array.from(view)).toEqual(values)
  expect(values.map((_, i) => view[i])).toEqual(values)
  expect(Array.prototype.map.call(view, (x) => -(x as number))).toEqual(values.map((x) => -x))
  expect([view.at(2), view.at(-2), view.at(6), view.at(-7)]).toEqual([448, -0, undefined, undefined])
  expect([view[6], view[-1], view[0.5]]).toEqual([undefined, undefined, undefined])
  expect([0 in view, 5 in view, 6 in view, 'length' in view]).toEqual([true, true, false, true])
  expect(view.format).toBe(e4m3fn)
})

it('is live, and read-only', () => {
  const live = codes.slice()
  const view = new Float8View(live, e4m3fn)
  live[0] = 0x40
  expect(view[0]).toBe(2)
  expect(() => {
    ;(view as unknown as number[])[0] = 3
  }).toThrow(TypeError)
  expect(live[0]).toBe(0x40)
})

it('gives f32 arrays, and views on parts of itself', () => {
  const view = new Float8View(codes, e4m3fn)
  const floats = view.toFloat32Array()
  expect([...floats]).toEqual(values)
  expect(bitsOf(floats)[5]).toBe(0x7fc00000)
  const out = new Float32Array(8).fill(9)
  expect(view.toFloat32Array(out)).toBe(out)
  expect([...out]).toEqual([...values, 9, 9])
  expect([...view.subarray(1, 3)]).toEqual([1, 448])
  expect([...new Float8View(Uint8Array.of(0xf7, 0x07), e2m1fn)]).toEqual([6, 6])
  expect([...new Float8View(new Uint8Array(), e4m3fn)]).toEqual([])
})

it('refuses what makes no sense', () => {
  expectError(() => new Float8View([1] as never, e4m3fn), TypeError, 'TYPE', 'data')
  expectError(() => new Float8View(codes, 'e4m3fn' as never), TypeError, 'TYPE', 'format')
  expectError(() => new Float8View(codes, e4m3fn).toFloat32Array(new Float32Array(5)), RangeError, 'LENGTH', 6, 5)
  const shared = new ArrayBuffer(32)
  const over = new Float8View(new Uint8Array(shared, 20, 4), e4m3fn)
  expectError(() => over.toFloat32Array(new Float32Array(shared)), RangeError, 'OVERLAP', 'out', 'data')
})
