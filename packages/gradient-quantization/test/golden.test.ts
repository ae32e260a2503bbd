/** Every golden of spec/gradient-quantization through the public methods, on every backend. */
import { readFileSync } from 'node:fs'
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
import { gradients, quickSet } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, floats, hex, sha256 } from './support.js'

const spec = (topic: string) =>
  JSON.parse(readFileSync(new URL(`../../../spec/gradient-quantization/${topic}.json`, import.meta.url), 'utf8'))

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

describe.each(backends)('goldens: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it('encode: every format, rounding, overflow and packing', () => {
    const { cases } = spec('encode') as { cases: EncodeCase[] }
    expect(cases.length).toBeGreaterThan(190)
    const failures = wrong(cases, (c) => {
      const { input, n, rounding, overflow, nan, packing, scale, seed, stream, offset } = c
      const options = { rounding, overflow, nan, packing, scale, seed, stream, offset }
      const { data } = k.encode(inputOf(input, n), formatOf(c), options)
      return differ([sha256(data), c.sha256], [c.first && hex(data.subarray(0, 8)), c.first])
    })
    expect(failures).toEqual([])
  })

  it('encode: the order of packed bits', () => {
    const { packing } = spec('encode') as { packing: { bits: number; codes: number[]; packed: string }[] }
    for (const { bits, codes, packed } of packing) {
      const format = defineFormat({ expBits: bits - 1, manBits: 0, special: 'finite' })
      const table = format.decodeTable()
      expect(
        hex(
          k.encode(
            Float32Array.from(codes, (c) => table[c]),
            format,
          ).data,
        ),
      ).toBe(packed)
    }
  })

  it('decode: values, scales and weights', () => {
    const { cases } = spec('decode') as { cases: DecodeCase[] }
    const failures = wrong(cases, (c) => {
      const { input, scale, mode, weight } = c
      const p = k.encode(inputOf(input), formatOf(c), { scale, nan: 'canonical', overflow: 'non-saturating' })
      if (mode === 'store') return differ([sha256(k.decode(p)), c.sha256])
      const out = inputOf('X').slice()
      return differ([sha256(k.decode(p, { out, accumulate: true, weight })), c.sha256])
    })
    expect(failures).toEqual([])
  })

  it('stats and histogram', () => {
    const failures = wrong(spec('stats').cases as Record<string, string | number>[], (c) => {
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
    expect(failures).toEqual([])
    for (const c of spec('histogram').cases) expect(sha256(k.logHistogram(inputOf(c.input)))).toBe(c.sha256)
  })

  it('blocks: formats, scale modes, rows and draws', () => {
    const { cases } = spec('blocks') as { cases: BlocksCase[] }
    const failures = wrong(cases, (c) => {
      const { format, input, n, rowLength, rounding, scaleMode, seed, stream, offset } = c
      const x = inputOf(input, n)
      const mode = format === 'nvfp4' ? undefined : scaleMode
      const p = k.encodeBlocks(x, format, { rowLength, rounding, scaleMode: mode, seed, stream, offset })
      const tensorScale = p.kind === 'nvfp4' ? bitsOf(Float32Array.of(p.tensorScale))[0].toString(16) : undefined
      return differ([sha256(p.data), c.data], [sha256(p.scales), c.scales], [tensorScale, c.tensorScaleBits])
    })
    expect(failures).toEqual([])
  })

  it('luq: planes, levels and given alphas', () => {
    const failures = wrong(spec('luq').cases as LuqCase[], (c) => {
      const { input, n, levels, samples, alphaGiven, seed, stream, offset } = c
      const alpha = alphaGiven ? c.alpha : undefined
      const p = k.luqEncode(inputOf(input, n), { levels, samples, alpha, seed, stream, offset })
      const plane = p.data.length / samples
      const digests = c.planes.map((_, i) => sha256(p.data.subarray(i * plane, (i + 1) * plane)))
      return differ([p.alpha, c.alpha], [digests.join(), c.planes.join()])
    })
    expect(failures).toEqual([])
  })

  it('prune: values, classes and survivors', () => {
    const failures = wrong(spec('prune').cases as PruneCase[], (c) => {
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
    expect(failures).toEqual([])
  })

  it('feedback: codes and residuals, step after step', () => {
    const failures = wrong(spec('feedback').cases as FeedbackCase[], (c) => {
      const { rounding, scale, seed, steps } = c
      const feedback = k.createErrorFeedback(65536)
      return steps.flatMap(({ input, stream, codes, residual }) => {
        const { data } = feedback.step(inputOf(input), formatOf(c), { rounding, scale, seed, stream })
        return differ([sha256(data), codes], [sha256(feedback.residual), residual])
      })
    })
    expect(failures).toEqual([])
  })

  it('the inputs themselves', () => {
    const { generator, quickSet: quick } = spec('random')
    for (const { name, sha256: digest, first } of generator) {
      expect(sha256(inputOf(name))).toBe(digest)
      expect(bitsOf(inputOf(name).subarray(0, 5)).map((b) => b.toString(16).padStart(8, '0'))).toEqual(first)
    }
    expect(sha256(inputOf('Q'))).toBe(quick.sha256)
    expect(floats(0x7fc00000)[0]).toBeNaN()
  })
})
