import { type Backend, createReport, defineLoader, type LoadOptions } from '@ukernels/runtime'
import loadAddon from '#native'
import { abi, type GradientQuantizationAbi } from './abi.js'
import { codecOf } from './codec.js'
import { formats } from './formats.js'
import { GradientQuantizationKernel } from './kernel.js'
import { version } from './version.js'

/** Four values with a tie, a subnormal and an overflow, and their E4M3FN codes. */
const VALUES = [1.0625, 2 ** -9, -500, 0.3]
const CODES = [0x38, 0x01, 0xfe, 0x2a]
/** Philox 4x32-10 of counter and key zero (Random123's known answer). */
const WORDS = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]

function selfTest({ call }: Backend<GradientQuantizationAbi>): boolean {
  const codes = new Uint8Array(4)
  const words = new Uint32Array(4)
  const codec = codecOf(formats.e4m3fn, 0, 0, 0, false)
  const report = createReport(abi.rows.encode)
  const encoded = call.encode(Float32Array.from(VALUES), codec, 8, 1, 0, 0, 0, codes, report)
  const drawn = call.philox(0, 0, 0, 0, words)
  return encoded === 0 && drawn === 0 && CODES.every((c, i) => codes[i] === c) && WORDS.every((w, i) => words[i] === w)
}

const loader = defineLoader<GradientQuantizationAbi, GradientQuantizationKernel>({
  name: 'gradient-quantization',
  version,
  abi,
  native: loadAddon,
  wasm: () => import('#wasm'),
  defaultThreads: (cores) => Math.min(4, cores),
  selfTest,
  create: (backend, info) => new GradientQuantizationKernel(backend, info),
})

/**
 * Loads the kernel: the native backend where it loads, else WebAssembly, unless `backend` or the environment
 * (`UKERNELS_GRADIENT_QUANTIZATION_BACKEND`, `UKERNELS_BACKEND`) says which. Same options, same kernel, until it is
 * disposed.
 *
 * @param options.threads - native calls on 256 Ki elements or more use up to so many; default min(4, cores). Results
 *   don't depend on it
 * @throws KernelLoadError with the attempts and what helps; TypeError ERR_UKERNELS_TYPE, RangeError ERR_UKERNELS_RANGE
 *   for wrong options
 */
export function load(options?: LoadOptions): Promise<GradientQuantizationKernel> {
  return loader.load(options)
}

/** `load` at once: native, or WebAssembly from the option `wasm` (a WebAssembly.Module or bytes). Throws as `load` rejects. */
export function loadSync(options?: LoadOptions): GradientQuantizationKernel {
  return loader.loadSync(options)
}
