/** Real gradients: three moments of the training run, against what the numpy reference makes of them. */
import { readFileSync } from 'node:fs'
import {
  type BlockFormatName,
  defineFormat,
  type Format,
  type GradientQuantizationKernel,
  pruneThreshold,
  type Rounding,
  type Special,
} from '@ukernels/gradient-quantization'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, sha256 } from './support.js'

interface EncodeCase {
  format: string
  expBits: number
  manBits: number
  bias: number
  special: Exclude<Special, 'e8m0'>
  scalePolicy: 'lognormal' | 'amax'
  headroom?: number
  scale: number
  rounding: Rounding
  seed?: number
  sha256: string
}

interface GradientCase {
  file: string
  n: number
  sha256: string
  stats: Record<'sumL' | 'sumL2' | 'amaxBits' | 'aminBits', string> &
    Record<'count' | 'zeros' | 'nonFinite' | 'muLog2' | 'sigmaLog2', number>
  logHistogram: string
  encode: EncodeCase[]
  luq: { seed: number; alpha: number; sha256: string }
  prune: Record<'sparsity' | 'alpha' | 'seed' | 'zeros' | 'clipped', number> &
    Record<'data' | 'classes' | 'values', string>
  blocks: {
    format: BlockFormatName
    rowLength: number
    rounding: Rounding
    seed: number
    data: string
    scales: string
  }[]
}

const folder = new URL('../../../spec/gradient-quantization/', import.meta.url)
const { cases } = JSON.parse(readFileSync(new URL('gradients.json', folder), 'utf8')) as { cases: GradientCase[] }

const gradientOf = ({ file }: GradientCase): Float32Array => {
  const bytes = readFileSync(new URL(file, folder))
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
const formatOf = ({ expBits, manBits, bias, special }: EncodeCase): Format =>
  defineFormat({ expBits, manBits, bias, special })
const hexBits = (value: number): string => bitsOf(Float32Array.of(value))[0].toString(16).padStart(8, '0')

describe.each(backends)('gradients: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  describe.each(cases)('$file', (expected) => {
    const x = gradientOf(expected)

    it('is the file that was described', () => {
      expect([x.length, sha256(x)]).toEqual([expected.n, expected.sha256])
    })

    it('has the statistics', () => {
      const { amax, aminNonzero, sumL, sumL2, count, zeros, nonFinite, muLog2, sigmaLog2 } = k.stats(x)
      expect({
        count,
        zeros,
        nonFinite,
        sumL: String(sumL),
        sumL2: String(sumL2),
        amaxBits: hexBits(amax),
        aminBits: hexBits(aminNonzero),
        muLog2,
        sigmaLog2,
      }).toEqual(expected.stats)
      expect(sha256(k.logHistogram(x))).toBe(expected.logHistogram)
    })

    it.each(expected.encode)('is encoded in $format, $scalePolicy, $rounding', (c) => {
      const { scalePolicy, headroom, rounding, seed } = c
      const packed = k.encode(x, formatOf(c), { scale: scalePolicy, headroom, rounding, seed })
      expect([packed.scale, sha256(packed.data)]).toEqual([c.scale, c.sha256])
    })

    it('is encoded by LUQ', () => {
      const { alpha, data } = k.luqEncode(x, { seed: expected.luq.seed })
      expect([alpha, sha256(data)]).toEqual([expected.luq.alpha, expected.luq.sha256])
    })

    it('is pruned at the threshold of the closed form', () => {
      const { muLog2, sigmaLog2, zeros: zerosBefore, n } = k.stats(x)
      const { sparsity, seed, alpha, data, zeros, clipped, classes, values } = expected.prune
      const threshold = pruneThreshold({ muLog2, sigmaLog2, sparsity, zeroFraction: zerosBefore / n })
      expect(Math.fround(threshold.alpha)).toBe(alpha)
      // One tensor: near the request; within 0.01 is the mean over a training (examples/showcase).
      expect(Math.abs(zeros / n - sparsity)).toBeLessThan(0.02)
      const pruned = k.prune(x, alpha, { seed })
      expect([pruned.zeros, pruned.clipped, sha256(pruned.data)]).toEqual([zeros, clipped, data])
      const packed = k.pruneEncode(x, alpha, { seed })
      expect([sha256(packed.classes), sha256(packed.values)]).toEqual([classes, values])
    })

    it.each(expected.blocks)(
      'is encoded in $format, $rounding',
      ({ format, rowLength, rounding, seed, data, scales }) => {
        const packed = k.encodeBlocks(x, format, { rowLength, rounding, seed: rounding === 'sr' ? seed : undefined })
        expect([sha256(packed.data), sha256(packed.scales)]).toEqual([data, scales])
      },
    )
  })
})
