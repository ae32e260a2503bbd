/** Packed objects back to f32 (brief: "Packing, block formats", "Scale"). */
import { found, rangeError, typeError } from '@ukernels/runtime'
import { checkOut } from './arrays.js'
import { decodeBlocksStep } from './blocks.js'
import { lutOf } from './codec.js'
import type { Context } from './context.js'
import { asFormat } from './formats.js'
import { decodeLuq } from './luq.js'
import {
  checkOptions,
  choice,
  type DecodeOptions,
  flag,
  integer,
  noOptions,
  packings,
  real,
  scaleNumber,
} from './options.js'
import { checkPart, type Destination } from './output.js'
import type { AnyPacked, Packed } from './packed.js'
import { decodePruned } from './prune.js'
import { type Step, type Steps, step } from './steps.js'

export function* decode(context: Context, p: AnyPacked, options: DecodeOptions = noOptions): Steps<Float32Array> {
  if (typeof p !== 'object' || p === null) throw typeError(`p must be a packed object, got ${found(p)}`)
  checkOptions(options)
  const accumulate = flag('accumulate', options.accumulate)
  const weight = real('weight', options.weight, Number.isFinite, 'finite', 1)
  const { out } = options
  if (accumulate && out === undefined) throw typeError('out is required by accumulate: true')
  if (!accumulate && weight !== 1) throw rangeError(`weight must be 1 without accumulate: true, got ${options.weight}`)
  const n = integer('p.n', p.n, 0, Number.MAX_SAFE_INTEGER)
  if (out !== undefined) checkOut('out', out, 'Float32Array', n)
  const to = { out: exactly(out, n), mode: accumulate ? 1 : 0, weight } as const
  switch (p.kind) {
    case 'element':
      yield decodeStep(p, to, 1)
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
  return out ?? to.out
}

function exactly(out: Float32Array | undefined, n: number): Float32Array {
  if (out === undefined) return new Float32Array(n)
  return out.length === n ? out : out.subarray(0, n)
}

/** Codes of one format; at last divides what it adds to by f32(divisor) where that isn't 1. */
export function decodeStep(p: Packed, { out, mode, weight }: Destination, divisor: number): Step {
  const format = asFormat(p.format)
  const width = choice('p.packing', p.packing, packings) === 0 ? format.bits : 8
  const lut = lutOf(format, scaleNumber('p.scale', p.scale))
  checkPart('p.data', p.data, 'Uint8Array', Math.ceil((out.length * width) / 8))
  return step('decode', 'decode', out.length, [p.data, lut, format.bits, width, mode, weight, divisor, out])
}
