import type { Argument, Checked } from './arguments.js'
import type { PreparedRow } from './prepared-row.js'

/** What one call has worked out before its first chunk. */
export interface Frame extends Checked {
  args: readonly Argument[]
  /** Per array: its address when it already lies in linear memory, else 0. */
  homes: Float64Array
  /** Arrays that lie in linear memory for the length of the call; see staging.ts. */
  staged: number[]
  total: number
  chunks: number
  /** Elements that the row's `used` array wrote or consumed so far. */
  cursor: number
  /** Address of the row's state. */
  state: number
}

export const createFrame = ({ names, arrays }: PreparedRow): Frame => ({
  args: [],
  scope: new Float64Array(names.length),
  lengths: new Float64Array(arrays.length),
  homes: new Float64Array(arrays.length),
  buffers: arrays.map(() => undefined),
  staged: [],
  total: 0,
  chunks: 0,
  cursor: 0,
  state: 0,
})
