/** Checking a caller's arguments against a row of the ABI table. */
import {
  type AnyScalarParam,
  type Cell,
  type Element,
  type ElementArrays,
  harnessStatus,
  type PreparedRow,
  type Report,
} from './abi.js'
import { elementTag } from './arena.js'

export type AnyArray = ElementArrays[Element]
export type Argument = AnyArray | number | bigint | Report | Cell | undefined

/**
 * Checks every argument, binds the row's names in `scope`, leaves the arrays' buffers in `buffers`
 * (reading one costs more than all else here). Returns a status.
 */
export function checkArguments(
  row: PreparedRow,
  args: readonly Argument[],
  scope: Float64Array,
  buffers: (ArrayBufferLike | undefined)[],
): number {
  if (args.length !== row.argCount) return harnessStatus.badArgument - args.length
  const { params } = row
  for (let i = 0; i < params.length; i++) {
    const param = params[i]
    const { kind } = param
    if (kind !== 'u32' && kind !== 'f64' && kind !== 'u64' && kind !== 'i32') continue
    const value = args[row.args[i]]
    if (!scalarFits(param, value)) return harnessStatus.badArgument - row.args[i]
    if (row.scopeOf[i] >= 0) scope[row.scopeOf[i]] = value as number
  }
  return checkArrays(row, args, scope) || checkOverlaps(row, args, buffers)
}

function scalarFits(param: AnyScalarParam, value: Argument): boolean {
  if (param.kind === 'u64')
    return typeof value === 'bigint'
      ? value >= 0n && value < 2n ** 64n
      : typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  if (typeof value !== 'number') return false
  if (param.kind === 'u32' && value >>> 0 !== value) return false
  if (param.kind === 'i32' && (value | 0) !== value) return false
  return !((param.min !== undefined && value < param.min) || (param.max !== undefined && value > param.max))
}

function checkArrays({ arrays }: PreparedRow, args: readonly Argument[], scope: Float64Array): number {
  for (const { param, arg, binds } of arrays) {
    const value = args[arg] as AnyArray | undefined
    if (value === undefined ? !param.optional : value?.[Symbol.toStringTag] !== elementTag[param.element])
      return harnessStatus.badArgument - arg
    if (binds >= 0) scope[binds] = (value as AnyArray).length
  }
  for (const { param, arg, evaluate, binds } of arrays) {
    const value = args[arg] as AnyArray | undefined
    if (value === undefined || binds >= 0) continue
    const length = evaluate(scope)
    if (param.kind === 'input' ? value.length !== length : value.length < length) return harnessStatus.badArgument - arg
  }
  return 0
}

function checkOverlaps(
  { arrays }: PreparedRow,
  args: readonly Argument[],
  buffers: (ArrayBufferLike | undefined)[],
): number {
  for (let i = 0; i < arrays.length; i++) buffers[i] = (args[arrays[i].arg] as AnyArray | undefined)?.buffer
  for (let i = 0; i < arrays.length; i++) {
    if (arrays[i].param.kind === 'input' || buffers[i] === undefined) continue
    for (let j = 0; j < arrays.length; j++) {
      if (i === j || buffers[i] !== buffers[j]) continue
      const mayCoincide = arrays[i].aliasArg === arrays[j].arg
      const a = args[arrays[i].arg] as AnyArray
      if (overlap(a, args[arrays[j].arg] as AnyArray, mayCoincide)) return harnessStatus.overlap - arrays[i].arg
    }
  }
  return 0
}

function overlap(a: AnyArray, b: AnyArray, mayCoincide: boolean): boolean {
  if (mayCoincide && a.byteOffset === b.byteOffset) return false
  return a.byteOffset + a.byteLength > b.byteOffset && b.byteOffset + b.byteLength > a.byteOffset
}
