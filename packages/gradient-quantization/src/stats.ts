/** Statistics of near-lognormal magnitudes: log2 moments and the log histogram. */
import { checkApart, checkOptions, checkOut, noOptions } from '@ukernels/runtime'
import type { Context } from './context.js'
import { checkInput, floatOfBits, toFloats } from './input.js'
import type { Input, InputOptions } from './options.js'
import { publish } from './output.js'
import { mergeStats, type Stats, type Sums, statsOf } from './stats-moments.js'
import { type Steps, step } from './steps.js'

/** Σ L² of this many elements at most fits an int64: |L| ≤ 305,152 < 2^18.22. */
const PIECE = 2 ** 26
const BINS = 2048

/** Sums of any number of elements: in pieces, which merge as BigInt. */
export function* sumsOf(context: Context, values: Float32Array): Steps<Sums> {
  if (values.length <= PIECE) return yield* sumsOfPiece(context, values)
  const pieces: Sums[] = []
  for (let begin = 0; begin < values.length; begin += PIECE) {
    pieces.push(yield* sumsOfPiece(context, values.subarray(begin, begin + PIECE)))
  }
  return mergeStats(...pieces)
}

function* sumsOfPiece(context: Context, piece: Float32Array): Steps<Sums> {
  const report = context.report('stats')
  const n = piece.length
  yield step('stats', 'statistics', n, [piece, report])
  const { count, zeros, nonFinite, sumL, sumL2 } = report
  const amax = floatOfBits(report.amaxBits)
  const aminNonzero = count === 0 ? Infinity : floatOfBits(report.aminBits)
  return { n, count, zeros, nonFinite, sumL, sumL2, amax, aminNonzero }
}

export function* stats(context: Context, x: Input, options: InputOptions = noOptions): Steps<Stats> {
  checkOptions(options)
  checkInput('x', x, options.inputDtype)
  const source = x.length > PIECE ? context.own(x) : x
  return statsOf(yield* sumsOf(context, yield* toFloats(context, source, options.inputDtype, 'odd')))
}

export function* logHistogram(
  context: Context,
  x: Input,
  out: Uint32Array | undefined,
  options: InputOptions = noOptions,
): Steps<Uint32Array> {
  checkOptions(options)
  checkInput('x', x, options.inputDtype)
  if (out !== undefined) {
    checkOut('out', out, 'Uint32Array', BINS)
    checkApart('out', out, 'x', x)
  }
  const values = yield* toFloats(context, x, options.inputDtype, 'odd')
  const direct = out !== undefined && !context.async
  const bins = direct ? out.fill(0, 0, BINS) : new Uint32Array(BINS)
  yield step('logHistogram', 'histogram', values.length, [values, bins])
  if (out !== undefined && !direct) publish(out, bins)
  return out ?? bins
}
