/** What the kernel does on gradients, at every size, on every backend and as plain JavaScript. */
import {
  bestFormat,
  type Format,
  formats,
  type GradientQuantizationKernel,
  ieee,
  load,
  pruneThreshold,
} from '@ukernels/gradient-quantization'
import { openAddon, tableBackends } from '@ukernels/test-kit/backends'
import type * as Table from '../../packages/gradient-quantization/src/abi.js'
import { digest, loadGradients, sizes } from '../harness/data.js'
import { type LoadedKernel, loadKernels } from '../harness/kernels.js'
import type { Case } from '../harness/measure.js'
import * as plain from '../plain/gradient-quantization.js'
import { packageFolder } from './folder.js'
import { rowCases } from './rows.js'
import type { OpenSuite } from './suite.js'

type Kernel = GradientQuantizationKernel

/** An operation: made ready for one kernel and input, it can run and tell the digest of its result. */
interface Operation {
  run: () => void
  digest?: () => string
}

const SEED = 7

/** Statistics of the input that several operations need, computed once. */
interface Context {
  x: Float32Array
  bits: Uint32Array
  /** Pruning threshold for 90 % zeros. */
  alpha: number
}

const encodeInto = (k: Kernel, { x }: Context, format: Format, options: object): Operation => {
  const out = new Uint8Array(Math.ceil((x.length * format.bits) / 8))
  const all = { ...options, out }
  return { run: () => void k.encode(x, format, all), digest: () => digest(out) }
}

const decodeFrom = (k: Kernel, { x }: Context, format: Format): Operation => {
  const packed = k.encode(x, format)
  const out = new Float32Array(x.length)
  return { run: () => void k.decode(packed, { out }), digest: () => digest(out) }
}

const blocks = (k: Kernel, { x }: Context, name: 'mxfp4' | 'mxfp8e4m3' | 'nvfp4'): Operation => {
  const p = k.encodeBlocks(x, name)
  const options = { out: { data: p.data.slice(), scales: p.scales.slice() } }
  return {
    run: () => void k.encodeBlocks(x, name, options),
    digest: () => digest(options.out.data, options.out.scales),
  }
}

const rne = { rounding: 'rne' } as const
const sr = { rounding: 'sr', seed: SEED } as const

/** By group: the operation on a kernel. */
const operations: Record<string, (k: Kernel, context: Context) => Operation> = {
  stats: (k, { x }) => {
    let sums = ''
    return {
      run: () => {
        const s = k.stats(x)
        sums = `${s.count} ${s.zeros} ${s.sumL} ${s.sumL2}`
      },
      digest: () => sums,
    }
  },
  'log histogram': (k, { x }) => {
    const bins = new Uint32Array(2048)
    return { run: () => void k.logHistogram(x, bins), digest: () => digest(bins) }
  },
  'encode e4m3fn rne': (k, c) => encodeInto(k, c, formats.e4m3fn, rne),
  'encode e5m2 rne': (k, c) => encodeInto(k, c, formats.e5m2, rne),
  'encode e3m2fn rne': (k, c) => encodeInto(k, c, formats.e3m2fn, rne),
  'encode e2m1fn rne': (k, c) => encodeInto(k, c, formats.e2m1fn, rne),
  'encode ieee(4,1) rne': (k, c) => encodeInto(k, c, ieee(4, 1), rne),
  'encode e4m3fn sr': (k, c) => encodeInto(k, c, formats.e4m3fn, sr),
  'encode e2m1fn sr': (k, c) => encodeInto(k, c, formats.e2m1fn, sr),
  'encode e4m3fn rne, scale lognormal': (k, c) => encodeInto(k, c, formats.e4m3fn, { scale: 'lognormal' }),
  'stats, then encode e4m3fn rne': (k, c) => {
    const out = new Uint8Array(c.x.length)
    const run = () => {
      const { muLog2 } = k.stats(c.x)
      k.encode(c.x, formats.e4m3fn, { scale: 2 ** -(Math.floor(muLog2 + 0.5) + 3), out })
    }
    return { run, digest: () => digest(out) }
  },
  'fake quantize e4m3fn rne': (k, { x }) => {
    const out = new Float32Array(x.length)
    return { run: () => void k.fakeQuantize(x, formats.e4m3fn, { out }), digest: () => digest(out) }
  },
  'decode e4m3fn': (k, c) => decodeFrom(k, c, formats.e4m3fn),
  'decode e3m2fn': (k, c) => decodeFrom(k, c, formats.e3m2fn),
  'decode e2m1fn': (k, c) => decodeFrom(k, c, formats.e2m1fn),
  'encode mxfp8e4m3': (k, c) => blocks(k, c, 'mxfp8e4m3'),
  'encode mxfp4': (k, c) => blocks(k, c, 'mxfp4'),
  'encode nvfp4': (k, c) => blocks(k, c, 'nvfp4'),
  luq: (k, { x }) => {
    const out = new Uint8Array(x.length / 2)
    return { run: () => void k.luqEncode(x, { seed: SEED, out }), digest: () => digest(out) }
  },
  'prune 90 %': (k, { x, alpha }) => {
    const out = new Float32Array(x.length)
    return { run: () => void k.prune(x, alpha, { seed: SEED, out }), digest: () => digest(out) }
  },
  'prune 90 %, encoded': (k, { x, alpha }) => {
    const out = { classes: new Uint8Array(x.length / 4), values: new Float32Array(x.length) }
    let values: Float32Array = out.values
    const run = () => {
      values = k.pruneEncode(x, alpha, { seed: SEED, out }).values
    }
    return { run, digest: () => digest(out.classes, values) }
  },
  'error feedback e4m3fn rne': (k, { x }) => {
    const feedback = k.createErrorFeedback(x.length)
    const out = new Uint8Array(x.length)
    return { run: () => void feedback.step(x, formats.e4m3fn, { out }), digest: () => digest(out) }
  },
}

/** By group: the same in plain JavaScript. */
const plainOperations: Record<string, (context: Context) => Operation> = {
  'copy f32': ({ x }) => {
    const out = new Float32Array(x.length)
    return { run: () => out.set(x) }
  },
  stats: ({ bits }) => {
    let sums = ''
    return {
      run: () => {
        const s = plain.stats(bits)
        sums = `${s.count} ${s.zeros} ${s.sumL} ${s.sumL2}`
      },
      digest: () => sums,
    }
  },
  'log histogram': ({ bits }) => {
    const bins = new Uint32Array(2048)
    return { run: () => plain.logHistogram(bits, bins), digest: () => digest(bins) }
  },
  'encode e4m3fn rne': ({ bits }) => {
    const codes = new Uint8Array(bits.length)
    return { run: () => plain.encodeRne(bits, formats.e4m3fn, codes), digest: () => digest(codes) }
  },
  'encode e2m1fn rne': ({ bits }) => {
    const codes = new Uint8Array(bits.length)
    const out = new Uint8Array(bits.length / 2)
    const run = () => {
      plain.encodeRne(bits, formats.e2m1fn, codes)
      plain.packNibbles(codes, out)
    }
    return { run, digest: () => digest(out) }
  },
  'encode e4m3fn sr': ({ bits }) => {
    const codes = new Uint8Array(bits.length)
    return { run: () => plain.encodeSr(bits, formats.e4m3fn, SEED, codes), digest: () => digest(codes) }
  },
  'decode e4m3fn': ({ bits }) => {
    const codes = new Uint8Array(bits.length)
    plain.encodeRne(bits, formats.e4m3fn, codes)
    const out = new Float32Array(bits.length)
    const table = formats.e4m3fn.decodeTable()
    return { run: () => plain.decode(codes, table, out), digest: () => digest(out) }
  },
  luq: ({ x, bits }) => {
    const alpha = Math.fround(x.reduce((m, v) => Math.max(m, Math.abs(v)), 0) / 64)
    const codes = new Uint8Array(bits.length)
    const out = new Uint8Array(bits.length / 2)
    const run = () => {
      plain.luq(bits, alpha, SEED, codes)
      plain.packNibbles(codes, out)
    }
    return { run, digest: () => digest(out) }
  },
  'prune 90 %': ({ x, alpha }) => {
    const out = new Float32Array(x.length)
    return { run: () => plain.prune(x, Math.fround(alpha), SEED, out), digest: () => digest(out) }
  },
}

/** Closed forms: plain TypeScript, one call each. */
const closedForms: Record<string, () => unknown> = {
  'bestFormat exact, 8 bits': () => bestFormat(2.5, 8, { policy: 'exact' }),
  pruneThreshold: () => pruneThreshold({ muLog2: 0.5, sigmaLog2: 2, sparsity: 0.9 }),
}

const folder = packageFolder('gradient-quantization')
// The table isn't part of the public API: this is the one place outside the package's tests that reads it.
const { abi, samples } = (await import(new URL('dist/abi.js', folder).href)) as typeof Table

function contextOf(k: Kernel, x: Float32Array): Context {
  const s = k.stats(x)
  const threshold = pruneThreshold({ ...s, sparsity: 0.9, zeroFraction: s.zeros / s.n })
  return { x, bits: new Uint32Array(x.buffer), alpha: threshold.alpha }
}

function casesAt(kernels: readonly LoadedKernel<Kernel>[], x: Float32Array): Case[] {
  const n = x.length
  const context = contextOf(kernels[0].kernel, x)
  const js = { backend: 'js', isa: 'none', threads: 1, n } as const
  return [...new Set([...Object.keys(plainOperations), ...Object.keys(operations)])].flatMap((group) => [
    ...(operations[group] === undefined ? [] : kernels).map(({ kernel, backend, isa, threads }) => ({
      ...{ group, backend, isa, threads, n },
      ...operations[group](kernel, context),
    })),
    ...(plainOperations[group] === undefined ? [] : [{ group, ...js, ...plainOperations[group](context) }]),
  ])
}

export const open: OpenSuite = async (data) => {
  const kernels = await loadKernels(load, openAddon(folder)?.isas ?? [])
  const forms = Object.entries(closedForms).map(([group, form]) => {
    const run = () => void form()
    return { group, backend: 'js', isa: 'none', threads: 1, n: 1, run } as const
  })
  const low = tableBackends(abi, folder, [1])
  return {
    sizes: Object.values(sizes),
    cases: (n) => casesAt(kernels, loadGradients(data, n)),
    others: () => [...forms, ...rowCases(abi, samples, low)],
    dispose: () => {
      for (const { kernel } of kernels) kernel.dispose()
      for (const { backend } of low) backend.dispose()
    },
  }
}
