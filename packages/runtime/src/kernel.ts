/** Types that every kernel's public API shares. */
import type { Attempt } from './errors.js'

// Names in these declarations that not every project's type libraries have. Interfaces merge: where the
// libraries have them nothing changes, elsewhere they are types without members.
declare global {
  namespace WebAssembly {
    interface Module {}
    interface Memory {}
  }
  interface Response {}
  interface URL {}
  interface AbortSignal {}
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
}

/** Real data: elements are used as they are; which of the two a function accepts is in its docs. */
export type Real = Float32Array | Float64Array

/** Progress of a long call, in the units of its work. */
export interface Progress {
  phase: string
  done: number
  total: number
  /** Figures of the work so far, where the call has any. */
  stats?: object
}

/** Options that every long call takes. */
export interface Job {
  /** Aborting rejects with `signal.reason`. */
  signal?: AbortSignal
  /** Called at most ten times a second, and once at the end. What it throws, the call rejects with. */
  onProgress?: (progress: Progress) => void
}

/** What a loaded kernel runs on. */
export interface KernelInfo {
  backend: 'native' | 'wasm'
  /** Platform triple of the addon, e.g. `'linux-x64-glibc'`, or `'wasm32'`. */
  target: string
  /** Instruction set in use: `'sse4.1'`, `'avx2'`, `'avx512'`, `'neon'`, or `'simd128'`. */
  isa: string
  /** Threads that calls may use; 1 on wasm. */
  threads: number
  /** Version of the package. */
  version: string
  /** Backends that were preferred but couldn't be used, and why. Empty when the first choice loaded. */
  passedOver: readonly Attempt[]
}

/** What every `load()` resolves with, extended by each kernel with its own methods. */
export interface Kernel {
  readonly backend: 'native' | 'wasm'
  info(): KernelInfo
  /** Frees native and wasm memory. Idempotent; later calls throw `ERR_UKERNELS_DISPOSED`, pending promises reject with it. */
  dispose(): void
  [Symbol.dispose](): void
}

/** What the classes of all kernels inherit. */
export class KernelBase implements Kernel {
  readonly #info: KernelInfo
  readonly #free: () => void

  /** @internal */
  constructor(info: KernelInfo, free: () => void) {
    this.#info = info
    this.#free = free
  }

  get backend(): 'native' | 'wasm' {
    return this.#info.backend
  }

  /** Target, instruction set, threads, version, and why other backends were passed over. */
  info(): KernelInfo {
    return this.#info
  }

  /**
   * Frees the backend's memory. Idempotent; what the kernel has made stops working, and pending promises reject with
   * ERR_UKERNELS_DISPOSED.
   */
  dispose(): void {
    this.#free()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
