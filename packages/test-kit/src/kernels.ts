/** The kernels that every test body runs on. */
import type { Kernel, LoadOptions } from '@ukernels/runtime'
import { describe } from 'vitest'
import { openAddon, withIsa } from './backends.js'

/** A kernel under test, and how it is made. */
export interface NamedKernel<K> {
  label: string
  open(): Promise<K>
}

/** What tests run on. */
export interface Kernels<K> {
  /** Native with each instruction set of this machine and 1, 2 and 4 threads; wasm last. */
  all: NamedKernel<K>[]
  /** One of each backend, for what doesn't depend on instruction sets: the widest with four threads, and wasm. */
  kinds: NamedKernel<K>[]
}

/**
 * A kernel on every backend. Where its addon isn't built a skipped test says so.
 *
 * @param folder - of the kernel's package
 */
export function kernelsOf<K extends Kernel>(folder: URL, load: (options: LoadOptions) => Promise<K>): Kernels<K> {
  const isas = openAddon(folder)?.isas ?? []
  if (isas.length === 0) describe.skip('native backends: the addon is not built', () => {})
  const native = (isa: string, threads: number): NamedKernel<K> => ({
    label: `native ${isa}, ${threads} thread(s)`,
    open: () => withIsa(isa, () => load({ backend: 'native', threads })),
  })
  const wasm: NamedKernel<K> = { label: 'wasm', open: () => load({ backend: 'wasm' }) }
  return {
    all: [...isas.flatMap((isa) => [1, 2, 4].map((threads) => native(isa, threads))), wasm],
    kinds: [...isas.slice(-1).map((isa) => native(isa, 4)), wasm],
  }
}
