/** Checking a caller's arguments against a row of the ABI table. */
import { scalarKinds } from './abi.js'
import { elementTag } from './arena.js'
import { type Cell, harnessStatus, type Report } from './backend.js'
import { tagOf } from './checks.js'
import { type Element, type ElementArrays, elements } from './elements.js'
import type { PreparedArray, PreparedRow, PreparedScalar } from './prepared-row.js'

export type AnyArray = ElementArrays[Element]
export type Argument = AnyArray | number | bigint | Report | Cell | undefined

/** What the check finds out about a call. */
export interface Checked {
  /** Values of the row's names. */
  scope: Float64Array
  /** Per array: elements that take part; -1 for one that is absent. */
  lengths: Float64Array
  /** Per array: reading a typed array's buffer costs more than all else here. */
  buffers: (ArrayBufferLike | undefined)[]
}

const tags = elements.map((element) => elementTag[element])

/** Checks every argument and leaves in `checked` what was found. Returns a status. */
export function checkArguments(row: PreparedRow, args: readonly Argument[], checked: Checked): number {
  if (args.length !== row.argCount) return harnessStatus.badArgument - args.length
  const { scalars } = row
  for (let i = 0; i < scalars.length; i++) {
    const scalar = scalars[i]
    const value = args[scalar.arg]
    if (!scalarFits(scalar, value)) return harnessStatus.badArgument - scalar.arg
    if (scalar.scope >= 0) checked.scope[scalar.scope] = value as number
  }
  return checkArrays(row.arrays, args, checked) || checkOverlaps(row.arrays, args, checked.buffers)
}

// Numbers, because an engine compares them faster than strings.
const U32 = scalarKinds.indexOf('u32')
const I32 = scalarKinds.indexOf('i32')
const U64 = scalarKinds.indexOf('u64')

function scalarFits({ kind, min, max }: PreparedScalar, value: Argument): boolean {
  if (kind === U64)
    return typeof value === 'bigint'
      ? value >= 0n && value < 2n ** 64n
      : typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  if (typeof value !== 'number') return false
  if (kind === U32 && value >>> 0 !== value) return false
  if (kind === I32 && (value | 0) !== value) return false
  return !(value < min || value > max)
}

function checkArrays(arrays: readonly PreparedArray[], args: readonly Argument[], checked: Checked): number {
  const { scope, lengths, buffers } = checked
  for (let i = 0; i < arrays.length; i++) {
    const { arg, element, optional, binds } = arrays[i]
    const value = args[arg] as AnyArray | undefined
    if (value === undefined && optional) {
      lengths[i] = -1
      buffers[i] = undefined
      continue
    }
    if (tagOf(value) !== tags[element]) return harnessStatus.badArgument - arg
    const { length } = value as AnyArray
    lengths[i] = length
    buffers[i] = (value as AnyArray).buffer
    if (binds >= 0) scope[binds] = length
  }
  for (let i = 0; i < arrays.length; i++) {
    const { arg, evaluate, binds, written } = arrays[i]
    if (lengths[i] < 0 || binds >= 0) continue
    const length = evaluate(scope)
    if (written ? lengths[i] < length : lengths[i] !== length) return harnessStatus.badArgument - arg
    lengths[i] = length
  }
  return 0
}

function checkOverlaps(
  arrays: readonly PreparedArray[],
  args: readonly Argument[],
  buffers: readonly (ArrayBufferLike | undefined)[],
): number {
  for (let i = 0; i < arrays.length; i++) {
    const { written, arg, aliasArg } = arrays[i]
    if (!written || buffers[i] === undefined) continue
    for (let j = 0; j < arrays.length; j++) {
      if (i === j || buffers[i] !== buffers[j]) continue
      const other = arrays[j].arg
      if (overlap(args[arg] as AnyArray, args[other] as AnyArray, aliasArg === other))
        return harnessStatus.overlap - arg
    }
  }
  return 0
}

function overlap(a: AnyArray, b: AnyArray, mayCoincide: boolean): boolean {
  if (mayCoincide && a.byteOffset === b.byteOffset) return false
  return a.byteOffset + a.byteLength > b.byteOffset && b.byteOffset + b.byteLength > a.byteOffset
}
