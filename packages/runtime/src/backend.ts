/** What a loaded backend is: the calls of a kernel's table, with the types that follow from it. */
import type {
  Abi,
  ArrayParam,
  HandleParam,
  Param,
  ReportField,
  ReportParam,
  Row,
  ScalarParam,
  ScratchParam,
  SpanParam,
  UsedParam,
} from './abi.js'
import type { KernelBuffer } from './buffers.js'
import type { Element, ElementArrays } from './elements.js'

/** Where `used(output)` and `creates` leave their result: element 0. */
export type Cell = Float64Array

type FieldValue<F> = F extends ReportField<'i64'> ? bigint : number
/** The slots of a report, also as 64-bit words; its values are readable by field name after a call. */
export type Report<F extends Record<string, ReportField> = Record<never, ReportField>> = Float64Array & {
  readonly words: BigInt64Array
} & { readonly [K in keyof F]: FieldValue<F[K]> }

type Argument<P> =
  P extends ArrayParam<infer _D, infer T extends Element, infer O>
    ? ElementArrays[T] | (O extends true ? undefined : never)
    : P extends ScalarParam<infer K>
      ? K extends 'u64'
        ? number | bigint
        : number
      : P extends ReportParam<infer F>
        ? Report<F>
        : P extends UsedParam
          ? Cell
          : P extends HandleParam
            ? P['kind'] extends 'creates'
              ? Cell
              : number
            : never

/** What a caller passes for a row: everything but span and scratch, in table order. */
export type Arguments<P extends readonly Param[]> = P extends readonly [
  infer Head,
  ...infer Tail extends readonly Param[],
]
  ? Head extends SpanParam | ScratchParam
    ? Arguments<Tail>
    : [Argument<Head>, ...Arguments<Tail>]
  : []

/** Calls by row name. A call returns a status: 0, one of the row's own (from 1), or one of `harnessStatus`. */
export type Calls<R extends Record<string, Row>> = {
  [K in keyof R]: (...args: Arguments<R[K]['params']>) => number
}
/** Long calls by row name, chunk by chunk off the caller's turn; only rows with a span. */
export type Starts<R extends Record<string, Row>> = {
  [K in keyof R as R[K]['params'][number] extends infer P ? (P extends SpanParam ? K : never) : never]: (
    args: Arguments<R[K]['params']>,
    control?: JobControl,
  ) => Promise<number>
}

/** Two words shared with a running job: 1 in `flags[0]` asks it to stop, `flags[1]` counts finished chunks. */
export interface JobControl {
  flags: Int32Array
}

/** A loaded backend. `Backend<typeof abi>` is the kernel's low-level interface. */
export interface Backend<A extends Abi = Abi> {
  kind: 'native' | 'wasm'
  call: Calls<A['rows']>
  start: Starts<A['rows']>
  /** An array the backend works on in place; undefined when out of memory. See buffers.ts. */
  createBuffer<T extends Element>(element: T, length: number): KernelBuffer<T> | undefined
  info(): { isa: string; threads: number }
  /** Frees the backend's state; running jobs end with status `disposed`. Idempotent. */
  dispose(): void
}

/** Statuses that the harness itself returns. A bad argument i is `badArgument - i`, an overlapping one `overlap - i`. */
export const harnessStatus = {
  ok: 0,
  internal: -1,
  outOfMemory: -2,
  badHandle: -3,
  busy: -4,
  aborted: -5,
  disposed: -6,
  detached: -7,
  badArgument: -32,
  overlap: -96,
} as const
