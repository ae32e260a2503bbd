import { type Backend, defineLoader, type LoadOptions } from '@ukernels/runtime'
import loadAddon from '#native'
import { type AnomalyEnergyAbi, abi } from './abi.js'
import { AnomalyEnergyKernel } from './kernel.js'
import { reportOf } from './steps.js'
import { version } from './version.js'

/** Philox 4x32-10 of counter and key zero (Random123's known answer). */
const WORDS = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
/** Bits of the free energy of (1, 2, 3), one ulp from the true value. */
const ENERGY = 0xc05a1638

function selfTest({ call }: Backend<AnomalyEnergyAbi>): boolean {
  const words = new Uint32Array(4)
  const energy = new Float32Array(1)
  const report = reportOf('freeEnergy')
  const drawn = call.philox(0, 0, 0, 0, words)
  const measured = call.freeEnergy(Float32Array.of(1, 2, 3), 1, 3, 1, energy, undefined, report)
  const [bits] = new Uint32Array(energy.buffer)
  return drawn === 0 && measured === 0 && bits === ENERGY && WORDS.every((w, i) => words[i] === w)
}

const loader = defineLoader<AnomalyEnergyAbi, AnomalyEnergyKernel>({
  name: 'anomaly-energy',
  version,
  abi,
  native: loadAddon,
  wasm: () => import('#wasm'),
  defaultThreads: (cores) => cores,
  selfTest,
  create: (backend, info) => new AnomalyEnergyKernel(backend, info),
})

/**
 * Loads the kernel: the native backend where it loads, else WebAssembly, unless `backend` or the environment
 * (`UKERNELS_ANOMALY_ENERGY_BACKEND`, `UKERNELS_BACKEND`) says which. Same options, same kernel, until it is disposed.
 *
 * @param options.threads - native calls may use so many; default the available cores. Results don't depend on it
 * @throws KernelLoadError with the attempts and what helps; TypeError ERR_UKERNELS_TYPE, RangeError ERR_UKERNELS_RANGE
 *   for wrong options
 */
export function load(options?: LoadOptions): Promise<AnomalyEnergyKernel> {
  return loader.load(options)
}

/** `load` at once: native, or WebAssembly from the option `wasm` (a WebAssembly.Module or bytes). Throws as `load` rejects. */
export function loadSync(options?: LoadOptions): AnomalyEnergyKernel {
  return loader.loadSync(options)
}
