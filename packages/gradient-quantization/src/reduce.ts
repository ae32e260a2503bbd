/** Averaging quantized tensors. */
import { checkApart, checkOptions, found, integer, lengthError, noOptions, typeError } from '@ukernels/runtime'
import type { Context } from './context.js'
import { type Codes, codesOf, decodeStep } from './decode.js'
import { codingOf, encodeStep, packedOf } from './encode.js'
import { asFormat, type Format } from './formats.js'
import type { ReduceOptions } from './options.js'
import { codesFor } from './output.js'
import type { Packed } from './packed.js'
import { measureScale } from './prepare.js'
import type { Steps } from './steps.js'

export function* reduceAverage(
  context: Context,
  parts: readonly Packed[],
  format: Format,
  options: ReduceOptions = noOptions,
): Steps<Packed> {
  const known = asFormat(format)
  checkOptions(options)
  const coding = codingOf(known, options, 'average')
  const n = checkParts(parts)
  const { out } = options
  // Everything is checked, and copied where the caller could change it, before the first part is decoded.
  const given = out === undefined ? undefined : codesFor(out, n, coding.width, 'out')
  const codes: Codes[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = codesOf(`parts[${i}]`, parts[i], n)
    if (given !== undefined) checkApart('out', given, `parts[${i}].data`, part.data)
    part.data = context.own(part.data)
    codes.push(part)
  }
  const data = given ?? codesFor(undefined, n, coding.width, 'out')
  const sum = context.scratch('values', n)
  for (let i = 0; i < codes.length; i++) {
    const divisor = i === codes.length - 1 ? codes.length : 1
    yield decodeStep(codes[i], { n, out: sum, mode: i === 0 ? 0 : 1, weight: 1 }, divisor)
  }
  const { scale } = coding
  const factor =
    typeof scale === 'number' ? scale : yield* measureScale(context, 'average', sum, known, scale, coding.headroom)
  yield encodeStep(context, sum, factor, coding, data)
  return packedOf(context, n, factor, known, coding, data)
}

/** Checks that all parts have the same number of elements, and returns it. */
function checkParts(parts: readonly Packed[]): number {
  if (!Array.isArray(parts)) throw typeError(`parts must be an array of packed tensors, got ${found(parts)}`)
  if (parts.length === 0) throw lengthError('parts must have at least one element, got 0')
  let first: number | undefined
  for (const [i, part] of parts.entries()) {
    if (part?.kind !== 'element') throw typeError(`parts[${i}].kind must be 'element', got ${found(part?.kind)}`)
    const n = integer(`parts[${i}].n`, part.n, 0, Number.MAX_SAFE_INTEGER)
    first ??= n
    if (n !== first) throw lengthError(`parts[${i}].n must be ${first} as in parts[0], got ${n}`)
  }
  return first as number
}
