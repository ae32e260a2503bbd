import { type Addon, checkNativeFile, createNativeBackend, createWasmBackend, nativeTarget } from '@ukernels/runtime'
import { describeParity, type NamedBackend } from '@ukernels/test-kit'
import loadAddon from '#native'
import bytes from '#wasm'
import { abi, type GradientQuantizationAbi, samples } from '../dist/abi.js'

const wasm = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)

function addonOrNothing(): Addon | undefined {
  try {
    return loadAddon(String(nativeTarget()), checkNativeFile) as Addon
  } catch {
    // No compiler: the native tests are reported as skipped where the suite looks for backends.
    return undefined
  }
}
const addon = addonOrNothing()

const native: NamedBackend<GradientQuantizationAbi>[] = (addon?.isas ?? []).flatMap((isa) =>
  [1, 2, 4].map((threads) => ({
    label: `${isa}, ${threads} threads`,
    backend: createNativeBackend(abi, addon as Addon, { isa, threads }),
  })),
)

describeParity(abi, samples, [{ label: 'wasm', backend: createWasmBackend(abi, wasm) }, ...native])
