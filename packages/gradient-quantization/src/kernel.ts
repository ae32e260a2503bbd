import { type Backend, type Job, KernelBase, type KernelInfo } from '@ukernels/runtime'
import type { GradientQuantizationAbi } from './abi.js'
import { encodeBlocks } from './blocks.js'
import { Context } from './context.js'
import { decode } from './decode.js'
import { encode, fakeQuantize } from './encode.js'
import { ErrorFeedback } from './feedback.js'
import type { Format } from './formats.js'
import { luqEncode } from './luq.js'
import type {
  BlockOptions,
  DecodeOptions,
  EncodeOptions,
  FakeQuantizeOptions,
  Input,
  InputOptions,
  LuqOptions,
  PruneEncodeOptions,
  PruneOptions,
  ReduceOptions,
} from './options.js'
import type { AnyPacked, BlockFormatName, BlockPacked, LuqPacked, Packed, PrunePacked } from './packed.js'
import { type PruneResult, prune, pruneEncode } from './prune.js'
import { reduceAverage } from './reduce.js'
import { logHistogram, stats } from './stats.js'
import type { Stats } from './stats-moments.js'
import { type KernelRunner, type Operation, runnerOf } from './steps.js'

/**
 * Gradient quantization on one backend; made by `load` or `loadSync`.
 *
 * Every method is exact: the same bits on native and wasm, with any instruction set and any number of threads. The
 * promise of an `…Async` twin settles off the caller's turn: it reads copies of its inputs, writes `out` on
 * completion, and an aborted one rejects with `signal.reason` and has changed nothing. After a data error (NON_FINITE)
 * the content of `out` is unspecified; arguments are checked before anything is written.
 *
 * All methods throw TypeError ERR_UKERNELS_TYPE for wrong types, detached buffers, unknown names and missing required
 * options, RangeError ERR_UKERNELS_RANGE for option values out of range, ERR_UKERNELS_LENGTH for an `out` that is too
 * short, ERR_UKERNELS_OVERLAP for one that overlaps an input, ERR_UKERNELS_TOO_LARGE when memory doesn't suffice, and
 * KernelError ERR_UKERNELS_DISPOSED after `dispose`.
 */
export class GradientQuantizationKernel extends KernelBase {
  readonly #runner: KernelRunner
  readonly #context = new Context()

  /** @internal */
  constructor(backend: Backend<GradientQuantizationAbi>, info: KernelInfo) {
    super(info, () => this.#runner.dispose())
    this.#runner = runnerOf(backend)
  }

  /** Runs an operation as a job, with a context of its own. */
  #start<R>(operation: (context: Context) => Operation<R>, job: Job | undefined): Promise<R> {
    return this.#runner.start(operation(new Context(true)), job)
  }

  /**
   * Mean and standard deviation of log2|x| over the finite non-zero elements, from a fixed-point log2
   * (|error| ≤ 2.6e-4 per element), and the counts of what is left out.
   *
   * The result doesn't depend on order, threads or backend. `degenerate: true` with NaN for `muLog2` and `sigmaLog2`
   * when there are no such elements. f64 input is narrowed to f32 first (truncated, lost bits ORed into the last one).
   *
   * Source: Chmiel et al., ICLR 2021, section 3: gradients are near-lognormal.
   */
  stats(x: Input, options?: InputOptions): Stats {
    return this.#runner.run(stats(this.#context, x, options))
  }
  /** `stats` as a job. */
  async statsAsync(x: Input, options?: InputOptions & Job): Promise<Stats> {
    return this.#start((context) => stats(context, x, options), options)
  }

  /**
   * Counts of finite non-zero |x| in 2048 bins of an eighth of a binade: bin = top 11 bits of the f32 after the sign.
   * Histograms merge by addition; `shapeOf` tells how lognormal one is.
   *
   * @param out - at least 2048 elements, overwritten
   */
  logHistogram(x: Input, out?: Uint32Array, options?: InputOptions): Uint32Array {
    return this.#runner.run(logHistogram(this.#context, x, out, options))
  }
  /** `logHistogram` as a job. */
  async logHistogramAsync(x: Input, out?: Uint32Array, options?: InputOptions & Job): Promise<Uint32Array> {
    return this.#start((context) => logHistogram(context, x, out, options), options)
  }

  /**
   * Codes of f32(x · scale) in a format of 2 to 8 bits.
   *
   * Finiteness is judged on x: a product that overflows is a finite overflow. f64 is multiplied in f64 and rounded
   * once, to the code. With `rounding: 'sr'` element offset + i draws word offset + i of (`seed`, `stream`), so that
   * the codes don't depend on how a tensor is cut.
   *
   * @throws NonFiniteError with `index` for NaN under `nan: 'throw'` (the default), and for NaN or ±Inf under
   *   `scale: 'amax'`
   *
   * Source: the formats of OCP OFP8 and MX v1.0 and of ml_dtypes; scale: Chmiel et al., section 4, with the mean
   * rounded to a power of two.
   */
  encode(x: Input, format: Format, options?: EncodeOptions): Packed {
    return this.#runner.run(encode(this.#context, x, format, options))
  }
  /** `encode` as a job. */
  async encodeAsync(x: Input, format: Format, options?: EncodeOptions & Job): Promise<Packed> {
    return this.#start((context) => encode(context, x, format, options), options)
  }

  /**
   * Values of a packed object as n f32: f32(code's value · f32(1 / scale)), f32(element · block scale), the average of
   * LUQ planes (added in order in f32, then divided), or zero, ±alpha and survivors. NaN is 0x7fc00000.
   *
   * @param options - `accumulate` adds f32(weight · value) to `out` in f32
   * @throws RangeError ERR_UKERNELS_LENGTH when a part of `p` hasn't the length that its other fields say
   */
  decode(p: AnyPacked, options?: DecodeOptions): Float32Array {
    return this.#runner.run(decode(this.#context, p, options))
  }
  /** `decode` as a job. */
  async decodeAsync(p: AnyPacked, options?: DecodeOptions & Job): Promise<Float32Array> {
    return this.#start((context) => decode(context, p, options), options)
  }

  /**
   * What `encode` followed by `decode` gives, in one pass: n f32. `out` may be `x`.
   *
   * @throws NonFiniteError as `encode`
   */
  fakeQuantize(x: Input, format: Format, options?: FakeQuantizeOptions): Float32Array {
    return this.#runner.run(fakeQuantize(this.#context, x, format, options))
  }
  /** `fakeQuantize` as a job. */
  async fakeQuantizeAsync(x: Input, format: Format, options?: FakeQuantizeOptions & Job): Promise<Float32Array> {
    return this.#start((context) => fakeQuantize(context, x, format, options), options)
  }

  /**
   * Blocks of 32 (MX) or 16 (NVFP4) consecutive elements of a row that share a scale.
   *
   * MX: the scale is a power of two (E8M0), chosen by `scaleMode`. NVFP4: an E4M3FN scale per block and one f32 scale
   * of the tensor, max(amax / 2688, 2^-126). Elements saturate. Near the largest f32 the modes 'ceil', 'rceil' and
   * 'even' can round the largest element up so that it decodes as ±Inf.
   *
   * @throws NonFiniteError with `index` for NaN or ±Inf, unless `nonFinite: 'poison'`. RangeError ERR_UKERNELS_LENGTH
   *   when n isn't a multiple of `rowLength`, or a row not one of the block under `tail: 'throw'`
   *
   * Source: OCP Microscaling Formats v1.0; NVFP4 as in torchao.
   */
  encodeBlocks(x: Input, format: BlockFormatName, options?: BlockOptions): BlockPacked {
    return this.#runner.run(encodeBlocks(this.#context, x, format, options))
  }
  /** `encodeBlocks` as a job. */
  async encodeBlocksAsync(x: Input, format: BlockFormatName, options?: BlockOptions & Job): Promise<BlockPacked> {
    return this.#start((context) => encodeBlocks(context, x, format, options), options)
  }

  /**
   * Unbiased logarithmic codes: ±alpha · 2^0 … 2^(levels − 1) or 0, chosen at random so that the mean is x. Nothing
   * clips when alpha is derived: max|x| / 2^(levels − 1), 0 for all zeros.
   *
   * @throws NonFiniteError with `index` for NaN or ±Inf
   *
   * Source: Chmiel et al., "Accurate neural training with 4-bit matrix multiplications at standard formats", ICLR 2023.
   */
  luqEncode(x: Input, options: LuqOptions): LuqPacked {
    return this.#runner.run(luqEncode(this.#context, x, options))
  }
  /** `luqEncode` as a job. */
  async luqEncodeAsync(x: Input, options: LuqOptions & Job): Promise<LuqPacked> {
    return this.#start((context) => luqEncode(context, x, options), options)
  }

  /**
   * Stochastic pruning, unbiased: |x| > alpha stays; others become sign(x)·alpha with probability |x|/alpha, else +0.
   * ±Inf stays. `out` may be `x`. f64 input is rounded to f32 first.
   *
   * @param alpha - threshold ≥ 0, rounded to f32; `pruneThreshold` finds it for a sparsity
   * @throws NonFiniteError with `index` for NaN; nothing is written
   *
   * Source: Chmiel et al., ICLR 2021, section 5.
   */
  prune(x: Input, alpha: number, options: PruneOptions): PruneResult {
    return this.#runner.run(prune(this.#context, x, alpha, options))
  }
  /** `prune` as a job. */
  async pruneAsync(x: Input, alpha: number, options: PruneOptions & Job): Promise<PruneResult> {
    return this.#start((context) => prune(context, x, alpha, options), options)
  }

  /**
   * `prune` into two bits per element and the survivors. f64 input is rounded to f32 first.
   *
   * @throws NonFiniteError with `index` for NaN. RangeError ERR_UKERNELS_LENGTH when `out.values` can't hold the survivors
   */
  pruneEncode(x: Input, alpha: number, options: PruneEncodeOptions): PrunePacked {
    return this.#runner.run(pruneEncode(this.#context, x, alpha, options))
  }
  /** `pruneEncode` as a job. */
  async pruneEncodeAsync(x: Input, alpha: number, options: PruneEncodeOptions & Job): Promise<PrunePacked> {
    return this.#start((context) => pruneEncode(context, x, alpha, options), options)
  }

  /**
   * A residual of n f32 zeros, for biased roundings; see `ErrorFeedback`. Lives on the backend until it is disposed of.
   *
   * @param n - 0 to 2^30 − 1
   */
  createErrorFeedback(n: number): ErrorFeedback {
    return new ErrorFeedback(this.#runner, this.#context, n)
  }

  /**
   * The average of quantized tensors, quantized: values are added in array order in f32, divided by f32(count) and
   * encoded once.
   *
   * With one power-of-two scale the sum is exact and order-free up to 73 parts of e4m3fn, and 37,000 of e3m2fn, e2m3fn
   * and e2m1fn.
   *
   * @param parts - at least one; all with the same n
   * @throws RangeError ERR_UKERNELS_LENGTH for no parts or different n. NonFiniteError as `encode`
   */
  reduceAverage(parts: readonly Packed[], format: Format, options?: ReduceOptions): Packed {
    return this.#runner.run(reduceAverage(this.#context, parts, format, options))
  }
  /** `reduceAverage` as a job. */
  async reduceAverageAsync(parts: readonly Packed[], format: Format, options?: ReduceOptions & Job): Promise<Packed> {
    return this.#start((context) => reduceAverage(context, parts, format, options), options)
  }
}
