/**
 * Arrays that every chunk of a row sees whole lie in linear memory for the length of the call: copied in once
 * and out once, not per chunk.
 */

import type { Arena } from './arena.js'
import type { AnyArray } from './arguments.js'
import { harnessStatus } from './backend.js'
import type { Frame } from './frame.js'
import type { PreparedRow } from './prepared-row.js'

// Looked up once: on arrays of ten kinds a method is found slowly.
export const { set, subarray } = Uint8Array.prototype

export function copyElements(from: AnyArray, fromAt: number, size: number, to: AnyArray, toAt: number): void {
  if (size === 0) return
  const part = fromAt === 0 && size === from.length ? from : subarray.call(from, fromAt, fromAt + size)
  set.call(to as Uint8Array, part as Uint8Array, toAt)
}

/** @param except - position of an array that is consumed or filled as chunks go on. @returns a status */
export function stageArrays({ arrays }: PreparedRow, frame: Frame, arena: Arena, except: number): number {
  for (let i = 0; i < arrays.length; i++) {
    const { arg, sliced, bytes, element, read } = arrays[i]
    const length = frame.lengths[i]
    if (sliced || i === except || length <= 0 || frame.homes[i] > 0) continue
    const at = arena.allocate(length * bytes, !read)
    if (at === 0) return harnessStatus.outOfMemory
    frame.homes[i] = at
    frame.staged.push(i)
    if (read) copyElements(frame.args[arg] as AnyArray, 0, length, arena.views.list[element], at / bytes)
  }
  return 0
}

/** Frees what `stageArrays` took; results of a call that succeeded are copied out. */
export function unstageArrays({ arrays }: PreparedRow, frame: Frame, arena: Arena, status: number): void {
  for (const i of frame.staged) {
    const { arg, bytes, element, written } = arrays[i]
    const from = frame.homes[i] / bytes
    if (status === 0 && written)
      copyElements(arena.views.list[element], from, frame.lengths[i], frame.args[arg] as AnyArray, 0)
    arena.release(frame.homes[i])
  }
  frame.staged.length = 0
}
