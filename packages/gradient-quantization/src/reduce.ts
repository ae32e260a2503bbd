/** Averaging quantized tensors (brief: "Reduction and error feedback"). */
import { lengthError, typeError } from '@ukernels/runtime'
import { checkApart } from './arrays.js'
import type { Context } from './context.js'
import { decodeStep } from './decode.js'
import { codingOf, encodeStep, packedOf } from './encode.js'
import { asFormat, type Format } from './formats.js'
import { checkOptions, noOptions, type ReduceOptions } from './options.js'
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
  const coding = codingOf(known, options)
  const n = checkParts(parts)
  const { out } = options
  const data = codesFor(out, n, coding.width, 'out')
  for (const [i, part] of parts.entries()) if (out !== undefined) checkApart('out', out, `parts[${i}].data`, part.data)
  const owned = context.async ? parts.map((part) => ({ ...part, data: part.data.slice() })) : parts
  const sum = context.scratch('values', n)
  for (const [i, part] of owned.entries()) {
    const divisor = i === owned.length - 1 ? owned.length : 1
    yield decodeStep(part, { out: sum, mode: i === 0 ? 0 : 1, weight: 1 }, divisor)
  }
  const { scale } = coding
  const factor =
    typeof scale === 'number' ? scale : yield* measureScale(context, 'average', sum, known, scale, coding.headroom)
  yield encodeStep(context, sum, factor, coding, data)
  return packedOf(context, n, factor, known, coding, data)
}

/** Checks that all parts have the same number of elements, and returns it. */
function checkParts(parts: readonly Packed[]): number {
  if (!Array.isArray(parts)) throw typeError(`parts must be an array of packed tensors, got ${typeof parts}`)
  if (parts.length === 0) throw lengthError('parts must have at least one element, got 0')
  for (const [i, part] of parts.entries()) {
    if (part?.kind !== 'element') throw typeError(`parts[${i}].kind must be 'element', got ${part?.kind}`)
    if (part.n !== parts[0].n) throw lengthError(`parts[${i}].n must be ${parts[0].n} as in parts[0], got ${part.n}`)
  }
  return parts[0].n
}
