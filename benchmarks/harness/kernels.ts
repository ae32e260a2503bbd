/** Loads a kernel once for each backend, instruction set and number of threads that a suite compares. */
import type { Kernel } from '@ukernels/runtime'
import { withIsa } from '@ukernels/test-kit/backends'
import { cores } from './platform.js'

export interface LoadedKernel<K> {
  kernel: K
  backend: 'native' | 'wasm'
  isa: string
  threads: number
}

/**
 * Every instruction set on one thread, the widest on all cores too, and wasm. Without an addon only wasm.
 *
 * @param isas - what this machine's addon offers, widest last
 */
export async function loadKernels<K extends Kernel>(
  load: (options: { backend: 'native' | 'wasm'; threads?: number }) => Promise<K>,
  isas: readonly string[],
): Promise<LoadedKernel<K>[]> {
  const loaded: LoadedKernel<K>[] = []
  const native = (isa: string, threads: number) =>
    withIsa(isa, async () => {
      loaded.push({ kernel: await load({ backend: 'native', threads }), backend: 'native', isa, threads })
    })
  for (const isa of isas) await native(isa, 1)
  const widest = isas.at(-1)
  if (widest !== undefined && cores() > 1) await native(widest, cores())
  loaded.push({ kernel: await load({ backend: 'wasm' }), backend: 'wasm', isa: 'simd128', threads: 1 })
  return loaded
}
