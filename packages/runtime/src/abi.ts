import type { KernelBuffer } from './buffers.js'
import { compileLength, type Evaluate, type Expression, namesIn, parseLength } from './lengths.js'

/** Element types of arrays that cross the ABI. */
export interface ElementArrays {
  u8: Uint8Array
  i8: Int8Array
  u16: Uint16Array
  i16: Int16Array
  u32: Uint32Array
  i32: Int32Array
  u64: BigUint64Array
  i64: BigInt64Array
  f32: Float32Array
  f64: Float64Array
}
export type Element = keyof ElementArrays

/** In the order of the memory's views. */
export const elements: readonly Element[] = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'u64', 'i64', 'f32', 'f64']

export const elementBytes: Record<Element, number> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  f32: 4,
  f64: 8,
}

/** How the reports of two chunks become one. Neutral elements: sum 0, max 0, min +Infinity (i64: 2^63-1). */
export type Merge = 'sum' | 'max' | 'min'
export interface ReportField<T extends 'f64' | 'i64' = 'f64' | 'i64'> {
  type: T
  merge: Merge
}

export interface ArrayParam<D extends 'input' | 'output' | 'inout', T extends Element, O extends boolean> {
  kind: D
  name: string
  element: T
  length: string
  /** The caller may pass undefined; the core sees a null pointer. */
  optional: O
  /** Name of the input that this output may coincide with, element for element. */
  alias?: string
}
export interface ScalarParam<K extends 'u32' | 'i32' | 'f64' | 'u64'> {
  kind: K
  name: string
  /** Inclusive bounds; both sides refuse anything outside. */
  min?: number
  max?: number
}
export interface ReportParam<F extends Record<string, ReportField>> {
  kind: 'report'
  name: 'report'
  fields: F
}
export interface UsedParam {
  kind: 'used'
  name: string
  array: string
}
export interface ScratchParam {
  kind: 'scratch'
  name: string
  element: Element
  length: string
}
export interface HandleParam<K extends 'handle' | 'creates' | 'frees' = 'handle' | 'creates' | 'frees'> {
  kind: K
  name: string
  /** Name of the native type that holds the state. */
  type: string
  /** Of a creating row: size of the state in bytes. */
  bytes: string
}
export interface SpanParam {
  kind: 'span'
  name: 'span'
  total: string
  chunk: number
  serial: boolean
}
export type AnyArrayParam = ArrayParam<'input' | 'output' | 'inout', Element, boolean>
export const scalarKinds = ['u32', 'i32', 'f64', 'u64'] as const
export type AnyScalarParam = ScalarParam<'u32' | 'i32' | 'f64' | 'u64'>
export type Param =
  | AnyArrayParam
  | AnyScalarParam
  | ReportParam<Record<string, ReportField>>
  | UsedParam
  | ScratchParam
  | HandleParam
  | SpanParam

interface ArrayOptions {
  optional?: boolean
  alias?: string
}
/** Overloads, because a type parameter for `optional` would be inferred from the row around it. */
interface ArrayMaker<D extends 'input' | 'output' | 'inout'> {
  <T extends Element>(
    name: string,
    element: T,
    length: string,
    options: ArrayOptions & { optional: true },
  ): ArrayParam<D, T, true>
  <T extends Element>(
    name: string,
    element: T,
    length: string,
    options?: ArrayOptions & { optional?: false },
  ): ArrayParam<D, T, false>
}
const array = <D extends 'input' | 'output' | 'inout'>(kind: D) =>
  ((name: string, element: Element, length: string, { optional = false, alias }: ArrayOptions = {}) => ({
    kind,
    name,
    element,
    length,
    optional,
    alias,
  })) as unknown as ArrayMaker<D>

/** An array the core reads: exactly `length` elements. A bare name as length binds that name. */
export const input = array('input')
/** A caller's array the core overwrites: at least `length` elements. */
export const output = array('output')
/** A caller's array the core reads and writes: at least `length` elements. */
export const inout = array('inout')

const scalar =
  <K extends 'u32' | 'i32' | 'f64' | 'u64'>(kind: K) =>
  (name: string, min?: number, max?: number): ScalarParam<K> => ({ kind, name, min, max })
export const u32 = scalar('u32')
export const i32 = scalar('i32')
export const f64 = scalar('f64')
/** Two 32-bit words in wasm; a number or a bigint in TypeScript. */
export const u64 = scalar('u64')

/** One block of 8-byte slots for counts, sums and indices, merged over the chunks of a span. */
export const report = <F extends Record<string, ReportField>>(fields: F): ReportParam<F> => ({
  kind: 'report',
  name: 'report',
  fields,
})
const field =
  (merge: Merge) =>
  <T extends 'f64' | 'i64' = 'f64'>(type: T = 'f64' as T): ReportField<T> => ({ type, merge })
export const sum = field('sum')
export const max = field('max')
export const min = field('min')

/** How many elements of a variable-length output were written, or of an input consumed. */
export const used = (arrayName: string): UsedParam => ({ kind: 'used', name: `${arrayName}Used`, array: arrayName })
/** Workspace that the harness supplies: the wasm arena, or a buffer of the native thread. */
export const scratch = (name: string, element: Element, length: string): ScratchParam => ({
  kind: 'scratch',
  name,
  element,
  length,
})
/** State of the instance, made by a row with `creates` and ended by one with `frees`. */
export const handle = (name: string, type: string): HandleParam<'handle'> => ({
  kind: 'handle',
  name,
  type,
  bytes: '0',
})
export const creates = (name: string, type: string, bytes: string): HandleParam<'creates'> => ({
  kind: 'creates',
  name,
  type,
  bytes,
})
export const frees = (name: string, type: string): HandleParam<'frees'> => ({ kind: 'frees', name, type, bytes: '0' })
/**
 * The work [0, total) in chunks of fixed size: threads, wasm slices, progress and abort follow from it.
 * Arrays whose length depends on `total` reach the core sliced to the chunk.
 */
export const span = (total: string, chunk: number, { serial = false } = {}): SpanParam => ({
  kind: 'span',
  name: 'span',
  total,
  chunk,
  serial,
})

export interface RowOptions {
  /** 'exact', or the stated bound of a tolerance row. */
  determinism?: 'exact' | string
  /** Statuses of the row's own, from 1. */
  statuses?: readonly string[]
}
export interface Row<P extends readonly Param[] = readonly Param[]> {
  params: P
  determinism: string
  statuses: readonly string[]
}
/** One low-level function: its parameters in order. Handles are freed by the harness, everything else is a core function. */
export const row = <const P extends readonly Param[]>(
  params: P,
  { determinism = 'exact', statuses = [] }: RowOptions = {},
): Row<P> => ({ params, determinism, statuses })

export interface Abi<R extends Record<string, Row> = Record<string, Row>> {
  /** Kernel name, as in `@ukernels/<name>`. */
  name: string
  rows: R
}
/** The one table of a kernel's low-level functions. Throws SyntaxError on a table that contradicts itself. */
export function defineAbi<R extends Record<string, Row>>(name: string, rows: R): Abi<R> {
  return { name, rows }
}

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

// ---- the table, prepared for marshalling and code generation --------------------------------

// Every call reads these, so the objects of one list have one shape, whatever the parameters' kinds: an engine
// reads properties of many shapes ten times slower.

export interface PreparedArray {
  param: AnyArrayParam
  /** Index among the caller's arguments. */
  arg: number
  /** Position of the element type in `elements`, and its bytes. */
  element: number
  bytes: number
  /** Whether the core reads what the caller passes, and whether the caller gets what the core writes. */
  read: boolean
  written: boolean
  optional: boolean
  length: Expression
  evaluate: Evaluate
  /** The symbol this array binds, as index into the scope; -1 when it binds none. */
  binds: number
  /** Cut to the chunk of the row's span. */
  sliced: boolean
  /** Argument index of the array it may coincide with, or -1, and that array's position. */
  aliasArg: number
  alias: number
}
export interface PreparedScalar {
  /** Position of its kind in `scalarKinds`. */
  kind: number
  arg: number
  min: number
  max: number
  /** Index in `names` when length expressions can name it, else -1. */
  scope: number
}
export interface PreparedRow {
  name: string
  row: Row
  params: readonly Param[]
  /** Caller's argument index per parameter, -1 for span and scratch. */
  args: number[]
  argCount: number
  /** Scope of the length expressions: u32 parameters and bound names. */
  names: string[]
  scalars: PreparedScalar[]
  arrays: PreparedArray[]
  span?: SpanParam
  /** Index in `names` of the span's total, or -1 without a span. */
  total: number
  /** Chunks must run in order on one thread: a whole array is written, or an input is consumed. */
  serial: boolean
}

export const isArrayParam = (param: Param): param is AnyArrayParam =>
  param.kind === 'input' || param.kind === 'output' || param.kind === 'inout'

const isScalarParam = (param: Param): param is AnyScalarParam =>
  param.kind === 'u32' || param.kind === 'i32' || param.kind === 'f64' || param.kind === 'u64'

/** Resolves names, lengths, slicing and order of one row; the only reader of a row's syntax. */
export function prepareRow(name: string, source: Row): PreparedRow {
  const { params } = source
  const fail = (why: string): never => {
    throw new SyntaxError(`row '${name}': ${why}`)
  }
  let argCount = 0
  const args = params.map((p) => (p.kind === 'span' || p.kind === 'scratch' ? -1 : argCount++))
  const seen = new Set<string>()
  for (const p of params) {
    if (seen.has(p.name)) fail(`two parameters are called '${p.name}'`)
    seen.add(p.name)
  }

  const integers = params.filter((p) => p.kind === 'u32').map((p) => p.name)
  const bound = new Set<string>()
  for (const p of params) {
    if (!isArrayParam(p)) continue
    const e = parseLength(p.length)
    if (e.op === 'name' && !integers.includes(e.name)) bound.add(e.name)
  }
  const names = [...integers, ...bound]

  const spanParam = params.find((p): p is SpanParam => p.kind === 'span')
  const total = spanParam ? names.indexOf(spanParam.total) : -1
  if (spanParam && total < 0) fail(`span over unknown '${spanParam.total}'`)

  const unbound = new Set(bound)
  const arrays = params.flatMap((param, i): PreparedArray[] => {
    if (!isArrayParam(param)) return []
    const length = parseLength(param.length)
    const binds = length.op === 'name' && unbound.delete(length.name) ? names.indexOf(length.name) : -1
    const aliasArg = param.alias ? args[params.findIndex((p) => p.name === param.alias)] : -1
    if (param.alias && aliasArg === undefined) fail(`'${param.name}' may coincide with unknown '${param.alias}'`)
    const evaluate = compileLength(length, names)
    const sliced = total >= 0 && namesIn(length).includes(names[total])
    const { element, kind, optional } = param
    const data = { param, arg: args[i], element: elements.indexOf(element), bytes: elementBytes[element] }
    const way = { read: kind !== 'output', written: kind !== 'input', optional }
    return [{ ...data, ...way, length, evaluate, binds, sliced, aliasArg, alias: -1 }]
  })
  for (const array of arrays) array.alias = arrays.findIndex((other) => other.arg === array.aliasArg)
  const consumed = params.some(
    (p) => p.kind === 'used' && arrays.some((a) => a.param.name === p.array && a.param.kind === 'input'),
  )
  const wholeWritten = arrays.some((a) => !a.sliced && a.param.kind !== 'input')
  const serial = spanParam ? spanParam.serial || consumed || wholeWritten : false
  const scalars = params.flatMap((param, i): PreparedScalar[] => {
    if (!isScalarParam(param)) return []
    const { kind, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = param
    return [
      {
        kind: scalarKinds.indexOf(kind),
        arg: args[i],
        min,
        max,
        scope: kind === 'u32' ? names.indexOf(param.name) : -1,
      },
    ]
  })
  return { name, row: source, params, args, argCount, names, scalars, arrays, span: spanParam, total, serial }
}

// ---- samples: valid and nasty arguments of every row, for parity tests and benchmarks -----------

/** Deterministic source of sample data. */
export interface SampleSource {
  /** Uniform integer in [0, n). */
  below(n: number): number
  /** Gradients: near-lognormal magnitudes, either sign, a quarter zeros. */
  gradients(n: number): Float32Array
  /** Any bit patterns, NaN and infinities included. */
  anyFloats(n: number): Float32Array
  bytes(n: number): Uint8Array
}
/** Inputs and scalars by parameter name; names that only outputs bind as numbers. Outputs, reports and handles are the harness's. */
export type Sample = Record<string, ElementArrays[Element] | number | bigint | undefined>
/** One generator per row: a row without samples does not compile. */
export type Samples<A extends Abi> = { [K in keyof A['rows']]: (source: SampleSource) => Sample[] }
