/** Unbiased stochastic pruning at a threshold. */
import {
  allocate,
  checkApart,
  checkArray,
  checkOptions,
  checkOut,
  checkOuts,
  isFiniteNonNegative,
  lengthError,
  real32,
  refuseNonFinite,
} from '@ukernels/runtime'
import type { Context } from './context.js'
import { checkInput, checkNoNan, NOT_NAN, toFloats } from './input.js'
import { type Input, offsetOf, type PruneEncodeOptions, type PruneOptions, seedOf, streamOf } from './options.js'
import { checkPart, codesFor, type Destination, floatsOf, publish } from './output.js'
import type { PrunePacked } from './packed.js'
import { type Steps, step } from './steps.js'
import { checkSurvivors, countSurvivors } from './wire-check.js'

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

const alphaOf = (name: string, alpha: number) => real32(name, alpha, isFiniteNonNegative, 'finite and at least 0')

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
  const data = out ?? allocate(Float32Array, n)
  const report = context.report('prune')
  yield step('prune', 'prune', n, [values, threshold, seed, stream, offset, data, report])
  refuseNonFinite('x', report.firstNan, NOT_NAN)
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
  const { out } = options
  checkOuts(out, 'classes and values')
  const given = out?.values
  const classes = codesFor(out?.classes, n, 2, 'out.classes')
  if (given !== undefined) {
    checkOut('out.values', given, 'Float32Array', 0)
    checkApart('out.values', given, 'x', x)
    checkApart('out.values', given, 'out.classes', classes)
  }
  const values = yield* toFloats(context, x, options.inputDtype, 'nearest')
  if (values !== x) checkApart('out.classes', classes, 'x', x)
  // Nobody knows how many survive before the words are drawn. Where there may be more than fit, nothing is written yet.
  const fits = given === undefined || given.length >= n
  const survivors = given !== undefined && fits ? given : context.scratch('values', n)
  const target = fits ? classes : scratchBytes(context, classes.length)
  const report = context.report('pruneEncode')
  const used = new Float64Array(1)
  yield step('pruneEncode', 'prune', n, [values, threshold, seed, stream, offset, target, survivors, used, report])
  refuseNonFinite('x', report.firstNan, NOT_NAN)
  const kept = keep(survivors, used[0], given)
  if (target !== classes) publish(classes, target)
  return { kind: 'prune', n, alpha: threshold, classes, values: kept, zeros: report.zeros, clipped: report.clipped }
}

function scratchBytes(context: Context, n: number): Uint8Array {
  const { buffer, byteOffset } = context.scratch('codes', Math.ceil(n / 4))
  return new Uint8Array(buffer, byteOffset, n)
}

/** The survivors in the caller's array, or in one of their own. */
function keep(survivors: Float32Array, count: number, given: Float32Array | undefined): Float32Array {
  if (given === undefined) return survivors.slice(0, count)
  if (given.length < count) throw lengthError(`out.values must have at least ${count} elements, got ${given.length}`)
  if (given !== survivors) given.set(survivors.subarray(0, count))
  return given.subarray(0, count)
}

export function* decodePruned(p: PrunePacked, to: Destination): Steps<void> {
  const { n, mode, weight } = to
  const alpha = alphaOf('p.alpha', p.alpha)
  const { classes, values } = p
  checkPart('p.classes', classes, 'Uint8Array', Math.ceil(n / 4))
  checkArray('p.values', values, 'Float32Array')
  // Before anything is written to the caller's array; in one of our own the decoder finds out by itself.
  if (to.out !== undefined) checkSurvivors(values, countSurvivors(classes, n))
  const used = new Float64Array(1)
  const out = floatsOf(to)
  const status = yield step('pruneDecode', 'decode', n, [classes, values, used, alpha, mode, weight, out])
  checkSurvivors(values, status === CORRUPT ? countSurvivors(classes, n) : used[0])
}
