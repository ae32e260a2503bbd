/** The goldens of spec/gradient-quantization through the public methods. Free of vitest, so that they run in every runtime. */
import {
  type BlockFormatName,
  defineFormat,
  type EncodeOptions,
  type Format,
  type FormatDefinition,
  formats,
  type GradientQuantizationKernel,
  type ScaleMode,
} from '@ukernels/gradient-quantization'
import { gradients, quickSet } from '@ukernels/test-kit/generator'
import type { Goldens } from '@ukernels/test-kit/goldens'

interface FormatSpec {
  format: string
  expBits: number
  manBits: number
  bias: number
  special: string
}
interface RandomSpec {
  seed: number
  stream?: number
  offset?: number
}
interface EncodeCase
  extends FormatSpec,
    RandomSpec,
    Required<Pick<EncodeOptions, 'rounding' | 'overflow' | 'nan' | 'packing'>> {
  input: string
  n: number
  scale: number
  sha256: string
  first?: string
}
interface DecodeCase extends FormatSpec {
  input: string
  scale: number
  mode: 'store' | 'accumulate'
  weight: number
  sha256: string
}
interface BlocksCase extends RandomSpec {
  format: BlockFormatName
  input: string
  n: number
  rowLength: number
  rounding: 'rne' | 'sr'
  scaleMode?: ScaleMode
  data: string
  scales: string
  tensorScaleBits?: string
}
interface LuqCase extends RandomSpec {
  input: string
  n: number
  levels: 7 | 8
  samples: number
  alphaGiven: boolean
  alpha: number
  planes: string[]
  histogram: number[]
}
interface PruneCase extends RandomSpec {
  input: string
  n: number
  alpha: number
  data: string
  zeros: number
  clipped: number
  classes: string
  survivors: number
  values: string
}
interface FeedbackCase extends FormatSpec {
  rounding: 'rne' | 'rtz' | 'sr'
  scale: number
  seed: number
  steps: { input: string; stream: number; codes: string; residual: string }[]
}

const formatOf = ({ format, special, expBits, manBits, bias }: FormatSpec): Format =>
  special === 'e8m0'
    ? formats[format as 'e8m0fnu']
    : defineFormat({ expBits, manBits, bias, special } as FormatDefinition)

const named: Record<string, () => Float32Array> = {
  X: () => gradients(65536, 1),
  X5: () => gradients(65536, 1, -5),
  Q: quickSet,
  'all f32 in [1, 2)': () => new Float32Array(Uint32Array.from({ length: 2 ** 23 }, (_, i) => 0x3f800000 | i).buffer),
}
const inputs = new Map<string, Float32Array>()
function inputOf(name: string, n?: number): Float32Array {
  const x = inputs.get(name) ?? named[name]()
  inputs.set(name, x)
  return x.subarray(0, n)
}
const wrong = <C>(cases: readonly C[], check: (c: C) => unknown[]): unknown[] =>
  cases.flatMap((c) => {
    const differences = check(c)
    return differences.length > 0 ? [{ case: c, differences }] : []
  })
const differ = (...pairs: [unknown, unknown][]) => pairs.filter(([actual, expected]) => actual !== expected)

const bitsOf = (x: Float32Array): number[] => [...new Uint32Array(x.buffer, x.byteOffset, x.length)]
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** What differs from the goldens, by group. */
export const goldens: Goldens<GradientQuantizationKernel> = {
  'encode: every format, rounding, overflow and packing'(k, { spec, sha256 }) {
    const { cases } = spec.encode as { cases: EncodeCase[] }
    const failures = wrong(cases, (c) => {
      const { input, n, rounding, overflow, nan, packing, scale, seed, stream, offset } = c
      const options = { rounding, overflow, nan, packing, scale, seed, stream, offset }
      const { data } = k.encode(inputOf(input, n), formatOf(c), options)
      return differ([sha256(data), c.sha256], [c.first && hex(data.subarray(0, 8)), c.first])
    })
    return failures
  },

  'encode: the order of packed bits'(k, { spec }) {
    const { packing } = spec.encode as { packing: { bits: number; codes: number[]; packed: string }[] }
    return wrong(packing, ({ bits, codes, packed }) => {
      const format = defineFormat({ expBits: bits - 1, manBits: 0, special: 'finite' })
      const table = format.decodeTable()
      const values = Float32Array.from(codes, (code) => table[code])
      return differ([hex(k.encode(values, format).data), packed])
    })
  },

  'decode: values, scales and weights'(k, { spec, sha256 }) {
    const { cases } = spec.decode as { cases: DecodeCase[] }
    const failures = wrong(cases, (c) => {
      const { input, scale, mode, weight } = c
      const p = k.encode(inputOf(input), formatOf(c), { scale, nan: 'canonical', overflow: 'non-saturating' })
      if (mode === 'store') return differ([sha256(k.decode(p)), c.sha256])
      const out = inputOf('X').slice()
      return differ([sha256(k.decode(p, { out, accumulate: true, weight })), c.sha256])
    })
    return failures
  },

  'stats and histogram'(k, { spec, sha256 }) {
    const failures = wrong((spec.stats as { cases: Record<string, string | number>[] }).cases, (c) => {
      const s = k.stats(inputOf(c.input as string))
      const [amax, amin] = bitsOf(Float32Array.of(s.amax, s.aminNonzero)).map((b) => b.toString(16).padStart(8, '0'))
      return differ(
        [s.count, c.count],
        [s.zeros, c.zeros],
        [s.nonFinite, c.nonFinite],
        [String(s.sumL), c.sumL],
        [String(s.sumL2), c.sumL2],
        [amax, c.amaxBits],
        [amin, c.aminBits],
        [s.muLog2, c.muLog2],
        [s.sigmaLog2, c.sigmaLog2],
      )
    })
    const histograms = wrong((spec.histogram as { cases: { input: string; sha256: string }[] }).cases, (c) =>
      differ([sha256(k.logHistogram(inputOf(c.input))), c.sha256]),
    )
    return [...failures, ...histograms]
  },

  'blocks: formats, scale modes, rows and draws'(k, { spec, sha256 }) {
    const { cases } = spec.blocks as { cases: BlocksCase[] }
    const failures = wrong(cases, (c) => {
      const { format, input, n, rowLength, rounding, scaleMode, seed, stream, offset } = c
      const x = inputOf(input, n)
      const mode = format === 'nvfp4' ? undefined : scaleMode
      const p = k.encodeBlocks(x, format, { rowLength, rounding, scaleMode: mode, seed, stream, offset })
      const tensorScale = p.kind === 'nvfp4' ? bitsOf(Float32Array.of(p.tensorScale))[0].toString(16) : undefined
      return differ([sha256(p.data), c.data], [sha256(p.scales), c.scales], [tensorScale, c.tensorScaleBits])
    })
    return failures
  },

  'luq: planes, levels and given alphas'(k, { spec, sha256 }) {
    const failures = wrong((spec.luq as { cases: LuqCase[] }).cases, (c) => {
      const { input, n, levels, samples, alphaGiven, seed, stream, offset } = c
      const alpha = alphaGiven ? c.alpha : undefined
      const p = k.luqEncode(inputOf(input, n), { levels, samples, alpha, seed, stream, offset })
      const plane = p.data.length / samples
      const digests = c.planes.map((_, i) => sha256(p.data.subarray(i * plane, (i + 1) * plane)))
      return differ([p.alpha, c.alpha], [digests.join(), c.planes.join()])
    })
    return failures
  },

  'prune: values, classes and survivors'(k, { spec, sha256 }) {
    const failures = wrong((spec.prune as { cases: PruneCase[] }).cases, (c) => {
      const { input, n, alpha, seed, stream, offset } = c
      const x = inputOf(input, n)
      const pruned = k.prune(x, alpha, { seed, stream, offset })
      const p = k.pruneEncode(x, alpha, { seed, stream, offset })
      return differ(
        [sha256(pruned.data), c.data],
        [pruned.zeros, c.zeros],
        [pruned.clipped, c.clipped],
        [p.zeros, c.zeros],
        [p.clipped, c.clipped],
        [sha256(p.classes), c.classes],
        [p.values.length, c.survivors],
        [sha256(p.values), c.values],
        [sha256(k.decode(p)), c.data],
      )
    })
    return failures
  },

  'feedback: codes and residuals, step after step'(k, { spec, sha256 }) {
    const failures = wrong((spec.feedback as { cases: FeedbackCase[] }).cases, (c) => {
      const { rounding, scale, seed, steps } = c
      const feedback = k.createErrorFeedback(65536)
      return steps.flatMap(({ input, stream, codes, residual }) => {
        const { data } = feedback.step(inputOf(input), formatOf(c), { rounding, scale, seed, stream })
        return differ([sha256(data), codes], [sha256(feedback.residual), residual])
      })
    })
    return failures
  },

  'the inputs themselves'(_, { spec, sha256 }) {
    const { generator, quickSet: quick } = spec.random as {
      generator: { name: string; sha256: string; first: string[] }[]
      quickSet: { sha256: string }
    }
    const first = (name: string) => bitsOf(inputOf(name).subarray(0, 5)).map((b) => b.toString(16).padStart(8, '0'))
    const made = wrong(generator, (c) =>
      differ([sha256(inputOf(c.name)), c.sha256], [first(c.name).join(), c.first.join()]),
    )
    return [...made, ...differ([sha256(inputOf('Q')), quick.sha256])]
  },
}
