/** What the worker tests do with a kernel; a module of the kernel's tests exports one as `workload`. */
export interface Workload<K extends { dispose(): void }> {
  load(options: { backend: 'native' | 'wasm'; threads: number }): Promise<K>
  /** Numbers of input in all, shared by all threads. */
  elements: number
  fill(x: Float32Array): void
  /** Of results on the input: the same everywhere. */
  digest(kernel: K, x: Float32Array): string
  /** Makes state of about 4 bytes an element that nobody frees: it must go with its thread. */
  abandon(kernel: K, x: Float32Array): Promise<unknown> | unknown
  /** A call of some milliseconds, at once and as a job. */
  call(kernel: K, x: Float32Array): void
  start(kernel: K, x: Float32Array): Promise<unknown>
}

/** From the program to one of its workers. */
export interface WorkerTask {
  workload: string
  backend: 'native' | 'wasm'
  mode: 'sync' | 'job'
  x: Float32Array
  /** Calls begun and calls ended. */
  flags: Int32Array
}

/** Threads and open files of a process, where the system tells. */
export interface Held {
  threads: number
  files: number
}

/** What the program prints. */
export interface WorkerReport {
  expected: string
  again: string
  baseline: Held
  rounds: { results: string[]; after: Held & { megabytes: number } }[]
}

export async function workloadOf(url: string): Promise<Workload<{ dispose(): void }>> {
  return (await import(url)).workload
}
