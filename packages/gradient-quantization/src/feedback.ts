/** Error feedback: what a biased rounding lost is added to the next gradient. */
import { checkApart, checkOptions, integer, KernelError, lengthError, noOptions } from '@ukernels/runtime'
import { lutOf } from './codec.js'
import type { Context } from './context.js'
import { codingOf } from './encode.js'
import { asFormat, type Format } from './formats.js'
import { checkInput, checkNoNan, toFloats } from './input.js'
import type { EncodeOptions, Input } from './options.js'
import { codesFor } from './output.js'
import type { Packed } from './packed.js'
import { measureScale } from './prepare.js'
import { type KernelRunner, type Steps, step } from './steps.js'

const MAX_ELEMENTS = 2 ** 30 - 1

/** Frees the state of objects that nobody disposed of. Edge runtimes may lack the class: workerd does, by its date. */
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry<() => void>((free) => free())

/**
 * The residual e of a tensor that is quantized step after step, e = 0 at first. Made by `createErrorFeedback`.
 * Exact.
 */
export class ErrorFeedback {
  /** Number of elements. */
  readonly n: number
  readonly #runner: KernelRunner
  readonly #context: Context
  readonly #handle: number
  #free: (() => void) | undefined

  /** @internal */
  constructor(runner: KernelRunner, context: Context, n: number) {
    this.n = integer('n', n, 0, MAX_ELEMENTS)
    this.#runner = runner
    this.#context = context
    const { call } = runner.backend
    const made = new Float64Array(1)
    const status = call.feedbackCreate(n, made as never)
    if (status !== 0) throw runner.error('feedbackCreate', status)
    const [handle] = made
    this.#handle = handle
    this.#free = () => void call.feedbackFree(handle)
    forgotten?.register(this, this.#free, this)
  }

  /**
   * Encodes r = g + e and keeps what is lost: e ← r − decode(code), in f32; e ← 0 where that isn't finite.
   *
   * RNE and RTZ are biased, and this repairs it over time. With `rounding: 'sr'` the long-run error falls too, but a
   * single step is no longer unbiased.
   *
   * @param g - n values; f64 is rounded to f32 first
   * @param options - as of `encode`; a scale policy measures r
   * @throws NonFiniteError when r is NaN under `nan: 'throw'`, or not finite under `scale: 'amax'`; e is unchanged
   *   after any error. RangeError ERR_UKERNELS_LENGTH when g hasn't n elements. Else as `encode`.
   */
  step(g: Input, format: Format, options: EncodeOptions = noOptions): Packed {
    return this.#runner.run(feedbackStep(this.#context, this.#live(), this.n, g, format, options))
  }

  /** A copy of e: n f32. */
  get residual(): Float32Array {
    const out = new Float32Array(this.n)
    const status = this.#runner.backend.call.feedbackResidual(this.#live(), out)
    if (status !== 0) throw this.#runner.error('feedbackResidual', status)
    return out
  }

  /** Sets e to 0. */
  reset(): void {
    const status = this.#runner.backend.call.feedbackReset(this.#live())
    if (status !== 0) throw this.#runner.error('feedbackReset', status)
  }

  /** Frees the residual's memory. Idempotent; every other method throws ERR_UKERNELS_DISPOSED afterwards. */
  dispose(): void {
    this.#free?.()
    this.#free = undefined
    forgotten?.unregister(this)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #live(): number {
    if (this.#free === undefined) throw new KernelError('ERR_UKERNELS_DISPOSED', 'this error feedback was disposed')
    return this.#handle
  }
}

function* feedbackStep(
  context: Context,
  handle: number,
  size: number,
  g: Input,
  format: Format,
  options: EncodeOptions,
): Steps<Packed> {
  const known = asFormat(format)
  checkOptions(options)
  const { out } = options
  const n = checkInput('g', g, options.inputDtype)
  if (n !== size) throw lengthError(`g must have ${size} elements, got ${n}`)
  const coding = codingOf(known, options, 'g')
  const { codec, width, packing, count, seed, stream, offset, throwsOnNan } = coding
  const data = codesFor(out, n, width, 'out')
  const values = yield* toFloats(context, g, options.inputDtype, 'nearest')
  if (out !== undefined && values !== g) checkApart('out', out, 'g', g)

  // All that can go wrong is found before the state changes.
  let { scale } = coding
  if (throwsOnNan || typeof scale !== 'number') {
    const sum = context.scratch('values', n)
    yield step('feedbackSum', 'add', n, [handle, values, sum])
    if (throwsOnNan) yield* checkNoNan(context, 'g', sum)
    if (typeof scale !== 'number') scale = yield* measureScale(context, 'g', sum, known, scale, coding.headroom)
  }
  const report = context.report('feedbackStep')
  const lut = lutOf(known, scale)
  yield step('feedbackStep', 'encode', n, [
    handle,
    values,
    codec,
    width,
    scale,
    lut,
    seed,
    stream,
    offset,
    data,
    report,
  ])
  const { overflowed, underflowed } = report
  return count
    ? { kind: 'element', format: known, n, scale, packing, data, overflowed, underflowed }
    : { kind: 'element', format: known, n, scale, packing, data }
}
