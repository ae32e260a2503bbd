/** Our side of the comparison with the peers: the operations that peers/gradient-quantization times, by the same names. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Format, formats, type GradientQuantizationKernel, ieee, load } from '@ukernels/gradient-quantization'
import { openAddon } from '@ukernels/test-kit/backends'
import { digest, loadGradients } from '../harness/data.js'
import { type LoadedKernel, loadKernels } from '../harness/kernels.js'
import type { Case } from '../harness/measure.js'
import { operationKey } from '../harness/results.js'
import { packageFolder } from './folder.js'
import type { OpenSuite } from './suite.js'

type Kernel = GradientQuantizationKernel
type Make = (k: Kernel, x: Float32Array, alpha: number) => Pick<Case, 'run' | 'digest'>

const KI = 1024
const MI = KI * KI
const SEED = 7
const ROW = 1024

/** What the peers of this run were given and gave: the pruning threshold, and digests by operation and size. */
interface PeerContext {
  alpha: number
  digests: Record<string, string>
}

const encodeBytes =
  (format: Format): Make =>
  (k, x) => {
    const out = new Uint8Array(x.length)
    const options = { packing: 'bytes', nan: 'canonical', out } as const
    return { run: () => void k.encode(x, format, options), digest: () => digest(out) }
  }

const encodeStochastic: Make = (k, x) => {
  const options = { rounding: 'sr', seed: SEED, out: new Uint8Array(x.length) } as const
  return { run: () => void k.encode(x, formats.e4m3fn, options), digest: () => digest(options.out) }
}

const blocks =
  (name: 'mxfp4' | 'mxfp8e4m3' | 'nvfp4', scaleMode?: 'rceil' | 'floor' | 'ceil' | 'even'): Make =>
  (k, x) => {
    const shape = { rowLength: ROW, ...(scaleMode ? { scaleMode } : {}) }
    const p = k.encodeBlocks(x, name, shape)
    const options = { ...shape, out: { data: p.data.slice(), scales: p.scales.slice() } }
    const run = () => void k.encodeBlocks(x, name, options)
    return { run, digest: () => digest(options.out.data, options.out.scales) }
  }

const fake =
  (format: Format, options: object): Make =>
  (k, x) => {
    const all = { ...options, out: new Float32Array(x.length) }
    return { run: () => void k.fakeQuantize(x, format, all), digest: () => digest(all.out) }
  }

const stats: Make = (k, x) => {
  let sums = ''
  const run = () => {
    const s = k.stats(x)
    sums = `${s.count} ${s.zeros} ${s.sumL} ${s.sumL2}`
  }
  return { run, digest: () => sums }
}

const luq: Make = (k, x) => {
  const out = new Uint8Array(x.length / 2)
  return { run: () => void k.luqEncode(x, { seed: SEED, out }) }
}

const prune: Make = (k, x, alpha) => {
  const out = new Float32Array(x.length)
  return { run: () => void k.prune(x, alpha, { seed: SEED, out }) }
}

/** IEEE half precision, rounded toward zero; below its normal numbers zero. */
const halfBits = (x: Float32Array): Uint16Array =>
  Uint16Array.from(new Uint32Array(x.buffer, x.byteOffset, x.length), (bits) => {
    const exponent = ((bits >>> 23) & 0xff) - 112
    const magnitude = exponent <= 0 ? 0 : exponent >= 31 ? 0x7bff : (exponent << 10) | ((bits >>> 13) & 0x3ff)
    return ((bits >>> 16) & 0x8000) | magnitude
  })

const encodeHalf: Make = (k, x) => {
  const bits = halfBits(x)
  const options = { inputDtype: 'f16', out: new Uint8Array(x.length) } as const
  return { run: () => void k.encode(bits, formats.e4m3fn, options) }
}

const elements = ['e4m3fn', 'e5m2', 'e3m2fn', 'e2m1fn'] as const
const modes = ['rceil', 'floor', 'ceil', 'even'] as const

const casts = Object.fromEntries(elements.map((name) => [`encode ${name} rne, bytes`, encodeBytes(formats[name])]))

/** By number of elements: what the peers do there. */
const operations: Record<number, Record<string, Make>> = {
  [2 * KI]: casts,
  [256 * KI]: {
    ...casts,
    'encode e4m3fn sr': encodeStochastic,
    stats,
    'fake quantize ieee(4,3) sr': fake(ieee(4, 3), { rounding: 'sr', seed: SEED }),
    'fake quantize ieee(5,2) sr': fake(ieee(5, 2), { rounding: 'sr', seed: SEED }),
    luq,
    'prune 90 %': prune,
    'cast to e4m3fn and back': fake(formats.e4m3fn, {}),
    'widen f16, encode e4m3fn rne': encodeHalf,
  },
  [MI]: {
    ...Object.fromEntries(modes.map((mode) => [`encode mxfp8e4m3 ${mode}`, blocks('mxfp8e4m3', mode)])),
    ...Object.fromEntries(modes.map((mode) => [`encode mxfp4 ${mode}`, blocks('mxfp4', mode)])),
    'encode nvfp4': blocks('nvfp4'),
  },
  [16 * MI]: { ...casts, luq, 'prune 90 %': prune },
}

/** Only an instruction set's single thread, all threads of the widest, and wasm: what the table of targets names. */
function casesOf(kernels: readonly LoadedKernel<Kernel>[], x: Float32Array, { alpha, digests }: PeerContext): Case[] {
  const n = x.length
  return Object.entries(operations[n]).flatMap(([group, make]) =>
    kernels.map(({ kernel, backend, isa, threads }) => {
      const expected = digests[operationKey(group, n)]
      return { group, backend, isa, threads, n, ...make(kernel, x, alpha), ...(expected ? { expected } : {}) }
    }),
  )
}

export const open: OpenSuite = async (data) => {
  const context: PeerContext = JSON.parse(readFileSync(join(data, 'gradient-quantization.peers.json'), 'utf8'))
  const kernels = await loadKernels(load, openAddon(packageFolder('gradient-quantization'))?.isas ?? [])
  return {
    sizes: Object.keys(operations).map(Number),
    cases: (n) => casesOf(kernels, loadGradients(data, n), context),
    others: () => [],
    dispose: () => {
      for (const { kernel } of kernels) kernel.dispose()
    },
  }
}
