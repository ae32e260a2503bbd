/** Logarithmic unbiased quantization (LUQ, ICLR 2023). */
import {
  allocate,
  checkApart,
  checkOptions,
  exponentOf,
  flag,
  integer,
  isFiniteNonNegative,
  isFinitePositive,
  number,
  numberOf,
  pow2,
  rangeError,
  real32,
  refuseNonFinite,
} from '@ukernels/runtime'
import type { Context } from './context.js'
import { amaxOf, checkInput, toFloats } from './input.js'
import { type Input, type LuqOptions, offsetOf, packings, seedOf, streamOf } from './options.js'
import { checkPart, codesFor, type Destination, floatsOf, publish } from './output.js'
import type { LuqPacked } from './packed.js'
import { type Steps, step } from './steps.js'

const MAX_SAMPLES = 2 ** 16 - 1
/** Smallest f32 above 0. */
const LEAST = pow2(-149)

/** Sign bit of a code: above the three bits of 0 … 7, or the four of 0 … 8. */
const signBitOf = (levels: number) => (levels === 7 ? 3 : 4)

export function* luqEncode(context: Context, x: Input, options: LuqOptions): Steps<LuqPacked> {
  const n = checkInput('x', x, options?.inputDtype)
  checkOptions(options)
  const seed = seedOf(options.seed, 'luqEncode')
  const stream = streamOf(options.stream)
  const offset = offsetOf(options.offset)
  const levels = options.levels === undefined ? 7 : levelsOf('levels', options.levels)
  const samples = integer('samples', options.samples, 1, MAX_SAMPLES, 1)
  const rounded = flag('powerOfTwoAlpha', options.powerOfTwoAlpha)
  const given = options.alpha === undefined ? undefined : alphaOf(options.alpha, rounded)
  const width = levels === 7 ? 4 : 8
  const plane = Math.ceil((n * width) / 8)
  const { out } = options
  const data = codesFor(out, plane * samples, 8, 'out')
  if (out !== undefined) checkApart('out', out, 'x', x)
  const values = yield* toFloats(context, context.own(x), options.inputDtype, 'odd')
  const alpha = given ?? (yield* measureAlpha(context, values, levels, rounded))
  const codes = context.async ? allocate(Uint8Array, data.length) : data
  const report = context.report('luqEncode')
  let clamped = 0
  if (alpha === 0) codes.fill(0)
  else
    for (let sample = 0; sample < samples; sample++) {
      const target = codes.subarray(sample * plane, (sample + 1) * plane)
      yield step('luqEncode', 'encode', n, [values, alpha, levels, width, seed, stream, sample, offset, target, report])
      refuseNonFinite('x', report.firstNonFinite)
      clamped += report.clamped
    }
  if (codes !== data) publish(data, codes)
  return { kind: 'luq', n, alpha, levels, samples, packing: width === 4 ? 'bits' : 'bytes', data, clamped }
}

function levelsOf(name: string, levels: number): 7 | 8 {
  const given = number(name, levels)
  if (given !== 7 && given !== 8) throw rangeError(`${name} must be 7 or 8, got ${given}`)
  return given
}

function alphaOf(alpha: number, rounded: boolean): number {
  const value = real32('alpha', alpha, isFinitePositive, 'finite and above 0')
  const result = rounded ? ceilPow2(value) : value
  if (result > 2 ** 127) throw rangeError(`alpha must be at most 2^127 to round it up to a power of two, got ${alpha}`)
  return result
}

/** max|x| / 2^(levels − 1) in f32, at least 2^-149; 0 for all zeros. */
function* measureAlpha(context: Context, values: Float32Array, levels: number, rounded: boolean): Steps<number> {
  const amax = yield* amaxOf(context, 'x', values, 'throw')
  if (amax === 0) return 0
  const alpha = Math.max(Math.fround(amax / 2 ** (levels - 1)), LEAST)
  return rounded ? ceilPow2(alpha) : alpha
}

/** The smallest power of two ≥ x, for a normal f64 x > 0. */
function ceilPow2(x: number): number {
  const below = pow2(exponentOf(x))
  return below === x ? x : below * 2
}

/** Planes in order, added in f32, then divided by f32(samples). */
export function* decodeLuq(context: Context, p: LuqPacked, to: Destination): Steps<void> {
  const { n } = to
  const bits = signBitOf(levelsOf('p.levels', p.levels)) + 1
  const width = numberOf('p.packing', p.packing, packings) === 0 ? bits : 8
  const samples = integer('p.samples', p.samples, 1, MAX_SAMPLES)
  const alpha = real32('p.alpha', p.alpha, isFiniteNonNegative, 'finite and at least 0')
  const plane = Math.ceil((n * width) / 8)
  checkPart('p.data', p.data, 'Uint8Array', plane * samples)
  const lut = tableOf(bits, alpha)
  const out = floatsOf(to)
  if (samples === 1) {
    yield step('decode', 'decode', n, [p.data, lut, bits, width, to.mode, to.weight, 1, out])
    return
  }
  checkApart('out', out, 'p.data', p.data)
  const data = context.own(p.data)
  const direct = to.mode === 0 && !context.async
  const sum = direct ? out : context.scratch('values', n)
  for (let sample = 0; sample < samples; sample++) {
    const codes = data.subarray(sample * plane, (sample + 1) * plane)
    const divisor = sample === samples - 1 ? samples : 1
    yield step('decode', 'decode', n, [codes, lut, bits, width, sample === 0 ? 0 : 1, 1, divisor, sum])
  }
  if (to.mode === 1) yield step('accumulate', 'accumulate', n, [sum, to.weight, out])
  else if (!direct) publish(out, sum)
}

/** Value of every code: ±alpha · 2^(magnitude − 1), magnitude 0 is 0. */
function tableOf(bits: number, alpha: number): Float32Array {
  const table = new Float32Array(256)
  const sign = 1 << (bits - 1)
  for (let magnitude = 1; magnitude < sign; magnitude++) {
    table[magnitude] = alpha * pow2(magnitude - 1)
    table[sign | magnitude] = -table[magnitude]
  }
  return table
}
