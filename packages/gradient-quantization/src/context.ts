/** What an operation works with besides its arguments: memory that calls reuse. */
import { allocate, type ReportOf, reportsOf } from '@ukernels/runtime'
import { abi, type GradientQuantizationAbi } from './abi.js'

type Rows = GradientQuantizationAbi['rows']
/** Rows that report counts or indices. */
type ReportRow = {
  [K in keyof Rows]: Extract<Rows[K]['params'][number], { kind: 'report' }> extends never ? never : K
}[keyof Rows]

const reportOf = /* @__PURE__ */ reportsOf(abi)

/** Scratch of up to this many elements is kept for the next call. */
const KEPT = 2 ** 20

type Slot = 'input' | 'values' | 'codes'

/**
 * One context serves all synchronous calls of a kernel, which can't interleave, so reports and
 * scratch are made once. Every asynchronous call has its own.
 */
export class Context {
  /** The caller may change or transfer arrays between two steps. */
  readonly async: boolean
  readonly #reports: { [K in ReportRow]?: ReportOf<GradientQuantizationAbi, K> } = {}
  readonly #scratch: Record<Slot, Float32Array> = {
    input: new Float32Array(0),
    values: new Float32Array(0),
    codes: new Float32Array(0),
  }

  constructor(async = false) {
    this.async = async
  }

  /** The report of a row, valid until the row's next call. */
  report<K extends ReportRow>(row: K): ReportOf<GradientQuantizationAbi, K> {
    const known: ReportOf<GradientQuantizationAbi, K> | undefined = this.#reports[row]
    if (known !== undefined) return known
    const made = reportOf(row)
    ;(this.#reports as Record<ReportRow, unknown>)[row] = made
    return made
  }

  /** n floats of any content, valid until the next operation that asks for the same slot. */
  scratch(slot: Slot, n: number): Float32Array {
    if (n > KEPT || this.async) return allocate(Float32Array, n)
    let kept = this.#scratch[slot]
    if (kept.length < n) {
      // The next power of two: sizes that grow a little every call don't allocate every time.
      kept = new Float32Array(n < 2 ? 1 : 1 << (32 - Math.clz32(n - 1)))
      this.#scratch[slot] = kept
    }
    return kept.length === n ? kept : kept.subarray(0, n)
  }

  /** The array itself, or a copy when the caller could change it before a later step reads it. */
  own<T extends Float32Array | Float64Array | Uint16Array | Uint8Array>(array: T): T {
    return this.async ? (array.slice() as T) : array
  }
}
