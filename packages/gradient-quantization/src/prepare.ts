/** Values and scale of a cast. */
import { tagOf } from '@ukernels/runtime'
import type { Context } from './context.js'
import type { Format } from './formats.js'
import { amaxOf, toFloats } from './input.js'
import type { Input, InputDtype, Scale } from './options.js'
import { amaxScale, lognormalScale } from './scaling.js'
import { sumsOf } from './stats.js'
import { type Steps, step } from './steps.js'

/** Values ready for a cast: multiplied by `factor` in f32 they are x times `scale`. */
export interface Prepared {
  values: Float32Array
  scale: number
  factor: number
}

/**
 * Measures the scale where a policy asks for it, and converts the input. An f64 is multiplied by the scale in f64
 * before it is narrowed.
 */
export function* prepare(
  context: Context,
  x: Input,
  dtype: InputDtype | undefined,
  format: Format,
  scale: Scale,
  headroom: number,
): Steps<Prepared> {
  const measured = typeof scale !== 'number'
  const source = measured ? context.own(x) : x
  if (tagOf(x) !== 'Float64Array') {
    const values = yield* toFloats(context, source, dtype, 'odd')
    const factor = measured ? yield* measureScale(context, 'x', values, format, scale, headroom) : scale
    return { values, scale: factor, factor }
  }
  const wide = source as Float64Array
  const s = measured
    ? yield* measureScale(context, 'x', yield* toFloats(context, wide, undefined, 'odd'), format, scale, headroom)
    : scale
  const values = context.scratch('input', wide.length)
  yield step('narrow64', 'convert', wide.length, [wide, s, values])
  return { values, scale: s, factor: 1 }
}

/** The scale of a policy for these values, which errors call `name`. */
export function* measureScale(
  context: Context,
  name: string,
  values: Float32Array,
  format: Format,
  policy: 'lognormal' | 'amax',
  headroom: number,
): Steps<number> {
  if (policy === 'amax') return amaxScale(yield* amaxOf(context, name, values, 'throw'), format)
  const { sumL, count } = yield* sumsOf(context, values)
  return lognormalScale(sumL, count, headroom)
}
