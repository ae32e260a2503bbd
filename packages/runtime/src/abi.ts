import type { Element } from './elements.js'
/**
 * The vocabulary of a kernel's table: parameter kinds, rows, and the table itself. What follows from a table lies
 * beside it: `backend.ts` (how it is called), `prepared-row.ts` (what marshalling reads), `samples.ts`.
 */

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

export const isArrayParam = (param: Param): param is AnyArrayParam =>
  param.kind === 'input' || param.kind === 'output' || param.kind === 'inout'

export const isScalarParam = (param: Param): param is AnyScalarParam =>
  param.kind === 'u32' || param.kind === 'i32' || param.kind === 'f64' || param.kind === 'u64'

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
