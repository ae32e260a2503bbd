import { readFileSync } from 'node:fs'
import { type Addon, checkNativeFile, createNativeBackend, createWasmBackend, nativeTarget } from '@ukernels/runtime'
import { describeParity, type NamedBackend } from '@ukernels/test-kit'
import { type AnomalyEnergyAbi, abi, samples } from '../dist/abi.js'
import loadAddon from '../native.cjs'

const wasm = new WebAssembly.Module(readFileSync(new URL('../dist/anomaly-energy.wasm', import.meta.url)))

function addonOrNothing(): Addon | undefined {
  try {
    return loadAddon(String(nativeTarget()), checkNativeFile) as Addon
  } catch {
    // No compiler: the native tests are reported as skipped where the suite looks for backends.
    return undefined
  }
}
const addon = addonOrNothing()

const native: NamedBackend<AnomalyEnergyAbi>[] = (addon?.isas ?? []).flatMap((isa) =>
  [1, 2, 4].map((threads) => ({
    label: `${isa}, ${threads} threads`,
    backend: createNativeBackend(abi, addon as Addon, { isa, threads }),
  })),
)

describeParity(abi, samples, [{ label: 'wasm', backend: createWasmBackend(abi, wasm) }, ...native])
