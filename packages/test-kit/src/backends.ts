/** The backends of a built kernel. `folder` is its package's, as a URL that ends in a slash. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import {
  type Abi,
  type Addon,
  type Backend,
  checkNativeFile,
  createNativeBackend,
  createWasmBackend,
  nativeTarget,
} from '@ukernels/runtime'

/** The kernel's addon of this machine; undefined where it isn't built, which with CI=true is an error. */
export function openAddon(folder: URL): Addon | undefined {
  try {
    const loadAddon = createRequire(folder)(fileURLToPath(new URL('native.cjs', folder)))
    return loadAddon(String(nativeTarget()), checkNativeFile) as Addon
  } catch (error) {
    if (process.env.CI === 'true') throw error
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
export function tableBackends<A extends Abi>(abi: A, folder: URL, threads: readonly number[]): TableBackend<A>[] {
  const wasm = new WebAssembly.Module(readFileSync(new URL(`dist/${abi.name}.wasm`, folder)))
  const addon = openAddon(folder)
  const native = (addon?.isas ?? []).flatMap((isa) => threads.map((count) => ({ isa, threads: count })))
  return [
    { label: 'wasm', backend: createWasmBackend(abi, wasm), isa: 'simd128', threads: 1 },
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
