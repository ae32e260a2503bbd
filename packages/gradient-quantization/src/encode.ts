/** Values to codes of a narrow format. */
import {
  allocate,
  checkApart,
  checkOptions,
  checkOut,
  choice,
  flag,
  noOptions,
  rangeError,
  refuseNonFinite,
  tagOf,
} from '@ukernels/runtime'
import { codecOf, lutOf } from './codec.js'
import type { Context } from './context.js'
import { asFormat, type Format } from './formats.js'
import { checkInput, NOT_NAN } from './input.js'
import {
  type EncodeOptions,
  type FakeQuantizeOptions,
  headroomOf,
  type Input,
  nanModes,
  offsetOf,
  overflows,
  packings,
  roundings,
  type Scale,
  scaleOf,
  seedOf,
  streamOf,
} from './options.js'
import { codesFor } from './output.js'
import type { Packed, Packing } from './packed.js'
import { prepare } from './prepare.js'
import { type Operation, type Step, type Steps, step } from './steps.js'

/** Coding options, checked, as the low-level functions take them. */
export interface Coding {
  codec: Uint32Array
  scale: Scale
  headroom: number
  seed: number | bigint
  stream: number
  offset: number
  throwsOnNan: boolean
  packing: Packing
  /** Stored bits per code. */
  width: number
  /** What errors call the values. */
  name: string
  count: boolean
}

/**
 * Checks what `encode` and its like have in common; `out` and the input are checked apart.
 *
 * @param format - interned
 */
export function codingOf(format: Format, options: Omit<EncodeOptions, 'out'>, name = 'x'): Coding {
  const rounding = choice('rounding', options.rounding, roundings)
  if (rounding !== 0 && format.special === 'e8m0') {
    throw rangeError(`rounding must be 'rne' for e8m0fnu, which has one rounding of its own, got '${options.rounding}'`)
  }
  const overflow = choice('overflow', options.overflow, overflows)
  const nan = choice('nan', options.nan, nanModes)
  const packing = packings[choice('packing', options.packing, packings)]
  const count = flag('count', options.count)
  return {
    codec: codecOf(format, rounding, overflow, nan, count),
    scale: scaleOf(options.scale),
    headroom: headroomOf(options.headroom),
    seed: seedOf(options.seed, rounding === 1 ? "rounding: 'sr'" : undefined),
    stream: streamOf(options.stream),
    offset: offsetOf(options.offset),
    throwsOnNan: nan === 0,
    packing,
    width: packing === 'bits' ? format.bits : 8,
    name,
    count,
  }
}

export function encode(
  context: Context,
  x: Input,
  format: Format,
  options: EncodeOptions = noOptions,
): Operation<Packed> {
  const known = asFormat(format)
  checkOptions(options)
  const { inputDtype, out } = options
  const n = checkInput('x', x, inputDtype)
  const coding = codingOf(known, options)
  const data = codesFor(out, n, coding.width, 'out')
  const { scale } = coding
  if (typeof scale !== 'number' || tagOf(x) !== 'Float32Array')
    return encodePrepared(context, x, known, coding, data, options)
  const { row, phase, total, args } = encodeStep(context, x as Float32Array, scale, coding, data)
  return { row, phase, total, args, finish: () => packedOf(context, n, scale, known, coding, data) }
}

function* encodePrepared(
  context: Context,
  x: Input,
  format: Format,
  coding: Coding,
  data: Uint8Array,
  { inputDtype, out }: EncodeOptions,
): Steps<Packed> {
  const n = x.length
  const { values, scale, factor } = yield* prepare(context, x, inputDtype, format, coding.scale, coding.headroom)
  if (out !== undefined && values !== x) checkApart('out', out, 'x', x)
  yield encodeStep(context, values, factor, coding, data)
  return packedOf(context, n, scale, format, coding, data)
}

/** The last step of every encoder: codes of values that lie ready. */
export function encodeStep(
  context: Context,
  values: Float32Array,
  factor: number,
  coding: Coding,
  data: Uint8Array,
): Step {
  const { codec, width, seed, stream, offset } = coding
  const report = context.report('encode')
  return step('encode', 'encode', values.length, [values, codec, width, factor, seed, stream, offset, data, report])
}

/** The result of `encodeStep`, if it is one. */
export function packedOf(
  context: Context,
  n: number,
  scale: number,
  format: Format,
  { packing, count, throwsOnNan, name }: Coding,
  data: Uint8Array,
): Packed {
  const { firstNan, overflowed, underflowed } = context.report('encode')
  if (throwsOnNan) refuseNonFinite(name, firstNan, NOT_NAN)
  return count
    ? { kind: 'element', format, n, scale, packing, data, overflowed, underflowed }
    : { kind: 'element', format, n, scale, packing, data }
}

export function* fakeQuantize(
  context: Context,
  x: Input,
  format: Format,
  options: FakeQuantizeOptions = noOptions,
): Steps<Float32Array> {
  const known = asFormat(format)
  checkOptions(options)
  const { inputDtype, out } = options
  const n = checkInput('x', x, inputDtype)
  const { codec, scale, headroom, seed, stream, offset, throwsOnNan } = codingOf(known, options)
  if (out !== undefined) checkOut('out', out, 'Float32Array', n)
  const prepared = yield* prepare(context, x, inputDtype, known, scale, headroom)
  const { values, factor } = prepared
  if (out !== undefined && values !== x) checkApart('out', out, 'x', x, true)
  const result = out ?? allocate(Float32Array, n)
  const lut = lutOf(known, prepared.scale)
  const report = context.report('fakeQuantize')
  yield step('fakeQuantize', 'quantize', n, [values, codec, lut, factor, seed, stream, offset, result, report])
  if (throwsOnNan) refuseNonFinite('x', report.firstNan, NOT_NAN)
  return result
}
