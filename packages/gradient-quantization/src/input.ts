/** A caller's values: their checks, and bringing them to the f32 that the low-level functions read. */
import { checkAttached, choice, foundArray, list, refuseNonFinite, tagOf, typeError } from '@ukernels/runtime'
import type { Context } from './context.js'
import { type Input, type InputDtype, inputDtypes } from './options.js'
import { type Steps, step } from './steps.js'

/** Checks values and their dtype; returns their number. */
export function checkInput(name: string, x: Input, dtype: InputDtype | undefined): number {
  const tag = tagOf(x)
  if (tag === 'Uint16Array') {
    if (dtype === undefined)
      throw typeError(`inputDtype must be one of ${list(inputDtypes)} when ${name} is a Uint16Array`)
    choice('inputDtype', dtype, inputDtypes)
  } else if (tag !== 'Float32Array' && tag !== 'Float64Array') {
    throw typeError(`${name} must be a Float32Array, Float64Array or Uint16Array, got ${foundArray(x)}`)
  } else if (dtype !== undefined) {
    choice('inputDtype', dtype, inputDtypes)
    throw typeError(`inputDtype applies to a Uint16Array, but ${name} is a ${tag}`)
  }
  checkAttached(name, x)
  return x.length
}

/** Which f32 stands for an f64: see `toFloats`. */
export type Narrowing = 'odd' | 'nearest'

/**
 * f32 values of the input.
 *
 * f16 and bf16 widen exactly. f64 becomes f32 in one of two ways: `'odd'` (truncate, OR the lost bits into the last
 * one; finite values stay finite, non-zeros non-zero) for what is rounded to a code afterwards, so that it is rounded
 * once; `'nearest'` for what is passed on as a value.
 */
export function* toFloats(
  context: Context,
  x: Input,
  dtype: InputDtype | undefined,
  narrowing: Narrowing,
): Steps<Float32Array> {
  if (tagOf(x) === 'Float32Array') return x as Float32Array
  const out = context.scratch('input', x.length)
  if (dtype !== undefined) {
    yield step('widen16', 'convert', x.length, [x as Uint16Array, inputDtypes.indexOf(dtype), out])
  } else if (narrowing === 'odd') {
    yield step('narrow64', 'convert', x.length, [x as Float64Array, 1, out])
  } else {
    out.set(x)
  }
  return out
}

/** Largest finite |x|, 0 when there is none. Exact. With `'throw'` NaN and ±Inf are an error. */
export function* amaxOf(
  context: Context,
  name: string,
  values: Float32Array,
  nonFinite: 'throw' | 'ignore',
): Steps<number> {
  const report = context.report('amax')
  yield step('amax', 'amax', values.length, [values, report])
  if (nonFinite === 'throw') refuseNonFinite(name, report.firstNonFinite)
  return floatOfBits(report.amaxBits)
}

const words = /* @__PURE__ */ new Uint32Array(1)
const float = /* @__PURE__ */ new Float32Array(words.buffer)

/** The f32 with these bits. */
export function floatOfBits(bits: number): number {
  words[0] = bits
  return float[0]
}

export const NOT_NAN = 'a number, got NaN'

/** Throws for a NaN, before anything is written where it was. */
export function* checkNoNan(context: Context, name: string, values: Float32Array): Steps<void> {
  const report = context.report('amax')
  yield step('amax', 'check', values.length, [values, report])
  refuseNonFinite(name, report.firstNan, NOT_NAN)
}
