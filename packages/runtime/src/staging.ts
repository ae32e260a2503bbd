/**
 * Arrays that every chunk of a row sees whole lie in linear memory for the length of the call: copied in once
 * and out once, not per chunk.
 */
import { elementBytes, harnessStatus, type PreparedRow } from './abi.js'
import type { Arena } from './arena.js'
import type { AnyArray } from './arguments.js'
import type { Frame } from './marshal.js'

export function copyElements(from: AnyArray, fromAt: number, size: number, to: AnyArray, toAt: number): void {
  if (size === 0) return
  const whole = fromAt === 0 && size === from.length
  ;(to as Float32Array).set((whole ? from : from.subarray(fromAt, fromAt + size)) as Float32Array, toAt)
}

/** @param except - position of an array that is consumed or filled as chunks go on. @returns a status */
export function stageArrays({ arrays }: PreparedRow, frame: Frame, arena: Arena, except: number): number {
  for (let i = 0; i < arrays.length; i++) {
    const { param, arg, sliced } = arrays[i]
    const length = frame.lengths[i]
    if (sliced || i === except || length <= 0 || frame.homes[i] > 0) continue
    const bytes = elementBytes[param.element]
    const at = arena.allocate(length * bytes, param.kind === 'output')
    if (at === 0) return harnessStatus.outOfMemory
    frame.homes[i] = at
    frame.staged.push(i)
    if (param.kind !== 'output')
      copyElements(frame.args[arg] as AnyArray, 0, length, arena.views[param.element], at / bytes)
  }
  return 0
}

/** Frees what `stageArrays` took; results of a call that succeeded are copied out. */
export function unstageArrays({ arrays }: PreparedRow, frame: Frame, arena: Arena, status: number): void {
  for (const i of frame.staged) {
    const { param, arg } = arrays[i]
    const from = frame.homes[i] / elementBytes[param.element]
    if (status === 0 && param.kind !== 'input')
      copyElements(arena.views[param.element], from, frame.lengths[i], frame.args[arg] as AnyArray, 0)
    arena.release(frame.homes[i])
  }
  frame.staged.length = 0
}
