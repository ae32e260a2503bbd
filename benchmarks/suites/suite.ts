import type { Case } from '../harness/measure.js'

/** What a kernel's suite offers to the runners. */
export interface Suite {
  /** Numbers of elements to run at. */
  sizes: readonly number[]
  /** Cases at a size, backends side by side. */
  cases: (n: number) => Case[] | Promise<Case[]>
  /** Cases whose size is their own: single calls of the closed forms, and every row of the kernel's table. */
  others: () => Case[] | Promise<Case[]>
  dispose: () => void
}

/** Opens a suite; `data` is a folder for what processes share. */
export type OpenSuite = (data: string) => Promise<Suite>
