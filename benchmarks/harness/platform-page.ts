/** What suites need, in a page: the same names as platform.ts. */
import type { Binaries } from '@ukernels/test-kit/backends'
import { sha256 } from '@ukernels/test-kit/digest'
import { gradients } from '@ukernels/test-kit/generator'

/** Set by the page's script, which carries the table of its kernel. */
export interface PageGlobals {
  ukernelsTable: unknown
}

/** There are no threads to give to WebAssembly. */
export const cores = (): number => 1

/** The clock of a cross-origin isolated page has steps of 5 µs. */
export const leastSample = 500_000

const noAddon = () => {
  throw new Error('a page has no addons')
}

export const binaries = async (kernel: string): Promise<Binaries> => ({
  loadAddon: noAddon,
  wasm: await WebAssembly.compile(await (await fetch(`${kernel}.wasm`)).arrayBuffer()),
})

export const openTable = async <T>(_kernel: string): Promise<T> =>
  (globalThis as unknown as PageGlobals).ukernelsTable as T

export const loadGradients = (_folder: string, n: number): Float32Array => gradients(n, 1)

export function digest(...views: ArrayBufferView[]): string {
  const bytes = new Uint8Array(views.reduce((sum, view) => sum + view.byteLength, 0))
  let at = 0
  for (const view of views) {
    bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at)
    at += view.byteLength
  }
  return sha256(bytes, 16)
}
