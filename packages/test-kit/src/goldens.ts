/** What a kernel's goldens are to the runners: vitest, and the one that runs in every other runtime. */

export interface GoldenContext {
  /** The files of spec/<kernel> by their names without `.json`. */
  spec: Record<string, unknown>
  /** SHA-256 of the bytes of a view, in hexadecimal digits. */
  sha256: (view: ArrayBufferView) => string
}

/** By name, what runs a group of goldens on a kernel and returns what differs: nothing when all is well. */
export type Goldens<K> = Record<string, (kernel: K, context: GoldenContext) => unknown[] | Promise<unknown[]>>
