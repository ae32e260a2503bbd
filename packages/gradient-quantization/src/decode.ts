/** Packed objects back to f32. */
import {
  checkOptions,
  checkOut,
  flag,
  found,
  integer,
  noOptions,
  numberOf,
  rangeError,
  real32,
  typeError,
} from '@ukernels/runtime'
import { decodeBlocksStep } from './blocks.js'
import { lutOf } from './codec.js'
import type { Context } from './context.js'
import { asFormat } from './formats.js'
import { decodeLuq } from './luq.js'
import { type DecodeOptions, packings, scaleNumber } from './options.js'
import { checkPart, type Destination, floatsOf } from './output.js'
import type { AnyPacked, Packed } from './packed.js'
import { decodePruned } from './prune.js'
import { type Step, type Steps, step } from './steps.js'

export function* decode(context: Context, p: AnyPacked, options: DecodeOptions = noOptions): Steps<Float32Array> {
  if (typeof p !== 'object' || p === null) throw typeError(`p must be a packed object, got ${found(p)}`)
  checkOptions(options)
  const accumulate = flag('accumulate', options.accumulate)
  const weight = real32('weight', options.weight, Number.isFinite, 'finite', 1)
  const { out } = options
  if (accumulate && out === undefined) throw typeError('out is required by accumulate: true')
  if (!accumulate && weight !== 1) throw rangeError(`weight must be 1 without accumulate: true, got ${options.weight}`)
  const n = integer('p.n', p.n, 0, Number.MAX_SAFE_INTEGER)
  if (out !== undefined) checkOut('out', out, 'Float32Array', n)
  const to: Destination = { n, out: exactly(out, n), mode: accumulate ? 1 : 0, weight }
  switch (p.kind) {
    case 'element':
      yield decodeStep(codesOf('p', p, n), to, 1)
      break
    case 'mx':
    case 'nvfp4':
      yield decodeBlocksStep(p, to)
      break
    case 'luq':
      yield* decodeLuq(context, p, to)
      break
    case 'prune':
      yield* decodePruned(p, to)
      break
    default:
      throw typeError(
        `p.kind must be one of 'element', 'mx', 'nvfp4', 'luq', 'prune', got ${found((p as AnyPacked).kind)}`,
      )
  }
  return out ?? floatsOf(to)
}

const exactly = (out: Float32Array | undefined, n: number) =>
  out === undefined || out.length === n ? out : out.subarray(0, n)

/** n codes of one format and their values: a packed tensor, checked. */
export interface Codes {
  data: Uint8Array
  lut: Float32Array
  bits: number
  width: number
}

export function codesOf(name: string, p: Packed, n: number): Codes {
  const format = asFormat(p.format, `${name}.format`)
  const { bits } = format
  const width = numberOf(`${name}.packing`, p.packing, packings) === 0 ? bits : 8
  const lut = lutOf(format, scaleNumber(`${name}.scale`, p.scale))
  const { data } = p
  checkPart(`${name}.data`, data, 'Uint8Array', Math.ceil((n * width) / 8))
  return { data, lut, bits, width }
}

/** At last divides what it adds to by f32(divisor) where that isn't 1. */
export function decodeStep({ data, lut, bits, width }: Codes, to: Destination, divisor: number): Step {
  return step('decode', 'decode', to.n, [data, lut, bits, width, to.mode, to.weight, divisor, floatsOf(to)])
}
