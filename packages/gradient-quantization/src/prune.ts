/** Unbiased stochastic pruning at a threshold (brief: "Stochastic pruning"). */
import { lengthError } from '@ukernels/runtime'
import { checkApart, checkInput, checkOut } from './arrays.js'
import type { Context } from './context.js'
import { checkFinite, checkNoNan, NOT_NAN, toFloats } from './input.js'
import {
  checkOptions,
  type Input,
  isFiniteNonNegative,
  offsetOf,
  type PruneEncodeOptions,
  type PruneOptions,
  real,
  seedOf,
  streamOf,
} from './options.js'
import { checkPart, codesFor, type Destination } from './output.js'
import type { PrunePacked } from './packed.js'
import { type Steps, step } from './steps.js'

/** Status of the row `pruneDecode`: the classes ask for more survivors than there are. */
const CORRUPT = 1

/** What `prune` returns. */
export interface PruneResult {
  /** sign(x)·alpha, x or +0 per element: `out` where it was given. */
  data: Float32Array
  /** Elements that are zero now. */
  zeros: number
  /** Elements set to ±alpha. */
  clipped: number
}

const alphaOf = (name: string, alpha: number) => real(name, alpha, isFiniteNonNegative, 'finite and at least 0')

export function* prune(context: Context, x: Input, alpha: number, options: PruneOptions): Steps<PruneResult> {
  const n = checkInput('x', x, options?.inputDtype)
  const threshold = alphaOf('alpha', alpha)
  checkOptions(options)
  const seed = seedOf(options.seed, 'prune')
  const stream = streamOf(options.stream)
  const offset = offsetOf(options.offset)
  const { out } = options
  if (out !== undefined) checkOut('out', out, 'Float32Array', n)
  const source = out === undefined ? x : context.own(x)
  const values = yield* toFloats(context, source, options.inputDtype, 'nearest')
  if (out !== undefined) {
    if (values !== x) checkApart('out', out, 'x', x, true)
    yield* checkNoNan(context, 'x', values)
  }
  const data = out ?? new Float32Array(n)
  const report = context.report('prune')
  yield step('prune', 'prune', n, [values, threshold, seed, stream, offset, data, report])
  checkFinite('x', report.firstNan, NOT_NAN)
  return { data, zeros: report.zeros, clipped: report.clipped }
}

export function* pruneEncode(
  context: Context,
  x: Input,
  alpha: number,
  options: PruneEncodeOptions,
): Steps<PrunePacked> {
  const n = checkInput('x', x, options?.inputDtype)
  const threshold = alphaOf('alpha', alpha)
  checkOptions(options)
  const seed = seedOf(options.seed, 'pruneEncode')
  const stream = streamOf(options.stream)
  const offset = offsetOf(options.offset)
  const classes = codesFor(options.out?.classes, n, 2, 'out.classes')
  const given = options.out?.values
  if (given !== undefined) {
    checkOut('out.values', given, 'Float32Array', 0)
    checkApart('out.values', given, 'x', x)
    checkApart('out.values', given, 'out.classes', classes)
  }
  const values = yield* toFloats(context, x, options.inputDtype, 'nearest')
  if (values !== x) checkApart('out.classes', classes, 'x', x)
  // Nobody knows how many survive before the words are drawn.
  const survivors = given !== undefined && given.length >= n ? given : context.scratch('values', n)
  const report = context.report('pruneEncode')
  const used = new Float64Array(1)
  yield step('pruneEncode', 'prune', n, [values, threshold, seed, stream, offset, classes, survivors, used, report])
  checkFinite('x', report.firstNan, NOT_NAN)
  const kept = keep(survivors, used[0], given)
  return { kind: 'prune', n, alpha: threshold, classes, values: kept, zeros: report.zeros, clipped: report.clipped }
}

/** The survivors in the caller's array, or in one of their own. */
function keep(survivors: Float32Array, count: number, given: Float32Array | undefined): Float32Array {
  if (given === undefined) return survivors.slice(0, count)
  if (given.length < count) throw lengthError(`out.values must have at least ${count} elements, got ${given.length}`)
  if (given !== survivors) given.set(survivors.subarray(0, count))
  return given.subarray(0, count)
}

export function* decodePruned(p: PrunePacked, { out, mode, weight }: Destination): Steps<void> {
  const n = out.length
  const alpha = alphaOf('p.alpha', p.alpha)
  checkPart('p.classes', p.classes, 'Uint8Array', Math.ceil(n / 4))
  checkPart('p.values', p.values, 'Float32Array', p.values?.length)
  const { length } = p.values
  const used = new Float64Array(1)
  const status = yield step('pruneDecode', 'decode', n, [p.classes, p.values, used, alpha, mode, weight, out])
  if (status === CORRUPT) throw lengthError(`p.values must hold every survivor of p.classes, got ${length} elements`)
  if (used[0] !== length) throw lengthError(`p.values must have ${used[0]} elements, as p.classes says, got ${length}`)
}
