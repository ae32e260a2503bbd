/** A row of the table, prepared for marshalling and code generation. */
import {
  type AnyArrayParam,
  isArrayParam,
  isScalarParam,
  type Param,
  type Row,
  type SpanParam,
  scalarKinds,
} from './abi.js'
import { elementBytes, elements } from './elements.js'
import { compileLength, type Evaluate, type Expression, namesIn, parseLength } from './lengths.js'

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

/** Resolves names, lengths, slicing and order of one row; the only reader of a row's syntax. */
export function prepareRow(name: string, row: Row): PreparedRow {
  const { params } = row
  const fail = (why: string): never => {
    throw new SyntaxError(`row '${name}': ${why}`)
  }
  refuseNamesakes(params, fail)
  let argCount = 0
  const args = params.map((p) => (p.kind === 'span' || p.kind === 'scratch' ? -1 : argCount++))
  const names = scopeOf(params)
  const span = params.find((p): p is SpanParam => p.kind === 'span')
  const total = span ? names.indexOf(span.total) : -1
  if (span && total < 0) fail(`span over unknown '${span.total}'`)
  const arrays = prepareArrays(params, args, names, total, fail)
  const scalars = prepareScalars(params, args, names)
  const serial = span ? span.serial || mustRunInOrder(params, arrays) : false
  return { name, row, params, args, argCount, names, scalars, arrays, span, total, serial }
}

type Fail = (why: string) => never

function refuseNamesakes(params: readonly Param[], fail: Fail): void {
  const seen = new Set<string>()
  for (const { name } of params) {
    if (seen.has(name)) fail(`two parameters are called '${name}'`)
    seen.add(name)
  }
}

/** What length expressions can name: the u32 parameters, then the names that arrays bind. */
function scopeOf(params: readonly Param[]): string[] {
  const names = new Set(params.filter((p) => p.kind === 'u32').map((p) => p.name))
  for (const p of params.filter(isArrayParam)) {
    const length = parseLength(p.length)
    if (length.op === 'name') names.add(length.name)
  }
  return [...names]
}

function prepareArrays(
  params: readonly Param[],
  args: readonly number[],
  names: readonly string[],
  total: number,
  fail: Fail,
): PreparedArray[] {
  // A u32 parameter has its value from the caller; any other name is bound by the first array of that length.
  const unbound = new Set(names.filter((name) => !params.some((p) => p.kind === 'u32' && p.name === name)))
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
  return arrays
}

function prepareScalars(params: readonly Param[], args: readonly number[], names: readonly string[]): PreparedScalar[] {
  return params.flatMap((param, i): PreparedScalar[] => {
    if (!isScalarParam(param)) return []
    const { kind, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = param
    const scope = kind === 'u32' ? names.indexOf(param.name) : -1
    return [{ kind: scalarKinds.indexOf(kind), arg: args[i], min, max, scope }]
  })
}

/** Whether a chunk depends on the one before: an input is consumed, or a whole array is written. */
function mustRunInOrder(params: readonly Param[], arrays: readonly PreparedArray[]): boolean {
  const consumed = params.some(
    (p) => p.kind === 'used' && arrays.some((a) => a.param.name === p.array && a.param.kind === 'input'),
  )
  return consumed || arrays.some((a) => !a.sliced && a.param.kind !== 'input')
}
