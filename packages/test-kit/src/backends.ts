/** The backends of a built kernel, from what its package imports as `#native` and `#wasm`: files, or a page's bundle. */
import {
  type Abi,
  type Addon,
  type Backend,
  checkNativeFile,
  createNativeBackend,
  createWasmBackend,
  nativeTarget,
} from '@ukernels/runtime'

/** What `#native` is. */
export type LoadAddon = (target: string, check: (path: string) => void) => unknown

/** The same tests run in pages, where there are no addons to miss. */
export const inPage = 'document' in globalThis

/** The kernel's addon of this machine; undefined where it isn't built, which with CI=true is an error. */
export function openAddon(loadAddon: LoadAddon): Addon | undefined {
  try {
    return loadAddon(String(nativeTarget()), checkNativeFile) as Addon
  } catch (error) {
    if (!inPage && process.env.CI === 'true') throw error
    return undefined
  }
}

/** A table's rows on one backend, and how it was made. */
export interface TableBackend<A extends Abi> {
  label: string
  backend: Backend<A>
  isa: string
  threads: number
}

/** A kernel's table on wasm, then on its addon with each instruction set and number of threads. */
export function tableBackends<A extends Abi>(
  abi: A,
  loadAddon: LoadAddon,
  wasm: Uint8Array<ArrayBuffer> | WebAssembly.Module,
  threads: readonly number[],
): TableBackend<A>[] {
  const module = wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm)
  const addon = openAddon(loadAddon)
  const native = (addon?.isas ?? []).flatMap((isa) => threads.map((count) => ({ isa, threads: count })))
  return [
    { label: 'wasm', backend: createWasmBackend(abi, module), isa: 'simd128', threads: 1 },
    ...native.map((options) => ({
      label: `${options.isa}, ${options.threads} thread(s)`,
      backend: createNativeBackend(abi, addon as Addon, options),
      ...options,
    })),
  ]
}

/** What a function gives while native kernels load with this instruction set. */
export async function withIsa<T>(isa: string, run: () => Promise<T>): Promise<T> {
  const before = process.env.UKERNELS_ISA
  process.env.UKERNELS_ISA = isa
  try {
    return await run()
  } finally {
    if (before === undefined) delete process.env.UKERNELS_ISA
    else process.env.UKERNELS_ISA = before
  }
}
