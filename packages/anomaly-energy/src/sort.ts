/** Order of scores. */
import { allocate } from '@ukernels/runtime'
import { type Steps, step } from './steps.js'

/** Keys that descend or ascend with the scores, and the indices of the scores in that order. */
export interface Sorted {
  keys: Uint32Array
  order: Uint32Array
}

/** Stable order of finite scores; −0 counts as +0. */
export function* sortScores(scores: Float32Array, descending: boolean): Steps<Sorted> {
  const n = scores.length
  const [keys, order] = [allocate(Uint32Array, 2 * n), allocate(Uint32Array, 2 * n)]
  yield step('scoreSort', 'sort', 4 * n, [scores, descending ? 1 : 0, 4 * n, keys, order, new Uint32Array(6144)])
  return { keys: keys.subarray(0, n), order: order.subarray(0, n) }
}

/** Sorted keys of descending scores: those of the `positives` scores whose label isn't 0, then those of the others. */
export function* sortClasses(scores: Float32Array, labels: Uint8Array, positives: number): Steps<Uint32Array> {
  const n = scores.length
  const keys = allocate(Uint32Array, 2 * n)
  yield step('classSort', 'sort', 4 * n, [scores, labels, positives, 4 * n, keys, new Uint32Array(12288)])
  return keys.subarray(0, n)
}

const bits = /* @__PURE__ */ new Uint32Array(1)
const float = /* @__PURE__ */ new Float32Array(bits.buffer)

/** The score that a descending key stands for. */
export function scoreOfKey(key: number): number {
  const ascending = ~key >>> 0
  bits[0] = ascending >>> 31 ? ascending & 0x7fffffff : ~ascending
  return float[0]
}
