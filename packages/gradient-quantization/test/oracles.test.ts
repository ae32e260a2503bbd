/**
 * Beside other systems, byte for byte: ml_dtypes and gfloat run live, torch, torchao, qtorch, onnxruntime and the crate
 * microfloat are digests in spec/, made by scripts/oracles/recorded.py. Every known difference has a test of its own.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type BlockFormatName,
  defineFormat,
  type EncodeOptions,
  type Format,
  type FormatDefinition,
  formats,
  type GradientQuantizationKernel,
  type Overflow,
  type Rounding,
  type ScaleMode,
} from '@ukernels/gradient-quantization'
import { gradients, quickSet, sha256 } from '@ukernels/test-kit'
import { runOracle } from '@ukernels/test-kit/oracles'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { bitsOf, floats } from './support.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** A recorded case or difference: an input, the options with which we do the same or not, and what came out. */
interface Recorded {
  format: string
  input: string
  leftOut?: string[][]
  overflow: Overflow
  rounding: Rounding
  scaleMode?: ScaleMode
  rowLength: number
  sha256: string
  values: string
  data: string
  scales: string
  bits: string
  theirs: number
  ours: number
}
interface RecordedFile {
  cases: Recorded[]
  differences: Recorded[]
  facts: { fnuzInfSaturated: Record<string, string[]>; e4m3fnOf480Unsaturated: string }
}
const recorded = (name: string): RecordedFile =>
  JSON.parse(readFileSync(`${root}spec/gradient-quantization/oracle-${name}.json`, 'utf8'))
const live = runOracle(root, 'live.py', ['ml_dtypes', 'gfloat', 'numpy'])

const X = gradients(65536, 1)
const inputs: Record<string, Float32Array> = { X, X5: gradients(65536, 1, -5), Q: quickSet() }
const withoutNan = inputs.Q.map((v) => (Number.isNaN(v) ? 0 : v))

/** Index of the first difference and both bytes there; undefined when all are equal. */
function firstDifference(found: ArrayLike<number>, expected: ArrayLike<number>) {
  if (found.length !== expected.length) return { lengths: [found.length, expected.length] }
  for (let i = 0; i < found.length; i++) {
    if (!Object.is(found[i], expected[i])) return { index: i, found: found[i], expected: expected[i] }
  }
  return undefined
}

/** The input of a recorded case: `leftOut` are ranges of bit patterns that became 1.0. */
function inputOf({ input, leftOut = [] }: { input: string; leftOut?: string[][] }): Float32Array {
  const bits = Uint32Array.from(bitsOf(inputs[input]))
  const ranges = leftOut.map((pair) => pair.map((digits) => Number.parseInt(digits, 16)))
  for (let i = 0; i < bits.length; i++) {
    if (ranges.some(([low, high]) => bits[i] >= low && bits[i] <= high)) bits[i] = 0x3f800000
  }
  return new Float32Array(bits.buffer)
}

const formatOf = (shape: object): Format => {
  const parts = shape as FormatDefinition
  return (parts.special as string) === 'e8m0' ? formats.e8m0fnu : defineFormat(parts)
}
const named = (name: string) => formats[name as keyof typeof formats]

describe.each(kinds)('$label beside other systems', ({ open }) => {
  let k: GradientQuantizationKernel
  const codesOf = (x: Float32Array | Float64Array, format: Format, options: EncodeOptions) =>
    k.encode(x, format, { packing: 'bytes', nan: 'canonical', ...options }).data
  const valuesOf = (x: Float32Array, format: Format, options: EncodeOptions) =>
    k.decode(k.encode(x, format, { nan: 'canonical', ...options }))

  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  describe.skipIf(live.reason)(`live${live.reason ? `: ${live.reason}` : ''}`, () => {
    const files = live.files!

    describe.each(Object.keys(formats))('ml_dtypes %s', (name) => {
      const overflow = 'non-saturating'

      it('casts f32 as we do', () => {
        const found = codesOf(inputs.Q, named(name), { overflow })
        expect(firstDifference(found, files.bytes(`ml_dtypes.${name}.bin`))).toBeUndefined()
      })

      it.each(['f16', 'bf16'] as const)('casts every %s as we do', (inputDtype) => {
        const halves = Uint16Array.from({ length: 65536 }, (_, i) => i)
        const options = { overflow, inputDtype, packing: 'bytes', nan: 'canonical' } as const
        const found = k.encode(halves, named(name), options).data
        expect(firstDifference(found, files.bytes(`ml_dtypes.${inputDtype}.${name}.bin`))).toBeUndefined()
      })

      it('decodes every code as we do', () => {
        const expected = files.f64(`ml_dtypes.decode.${name}.bin`)
        expect(firstDifference(named(name).decodeTable(), expected)).toBeUndefined()
      })
    })

    it('differs from ml_dtypes where f64 must round once', () => {
      const tie = Float64Array.of(464 + 2 ** -30, 464, 464 * (1 + 2 ** -23))
      expect([...files.bytes('ml_dtypes.f64.tie.bin')]).toEqual([0x7e, 0x7e, 0x7f])
      expect([...codesOf(tie, formats.e4m3fn, { overflow: 'non-saturating' })]).toEqual([0x7f, 0x7e, 0x7f])
    })

    describe.each(['e4m3fn', 'e5m2', 'e2m3fn', 'e3m2fn', 'e2m1fn'])('gfloat %s', (name) => {
      const format = named(name)
      // gfloat has one NaN code, and raises where a format has none.
      const x = format.nanCode === undefined ? withoutNan : inputs.Q
      const gfloatCodes = (options: EncodeOptions) =>
        codesOf(x, format, options).map((code, i) => (Number.isNaN(x[i]) ? 0xff : code))

      it.each(['rne', 'rtz', 'rna'] as const)('rounds %s as we do', (rounding) => {
        const expected = files.bytes(`gfloat.${name}.${rounding}.bin`)
        expect(firstDifference(gfloatCodes({ rounding }), expected)).toBeUndefined()
      })

      it('rounds one value at a time as we do', () => {
        const some = gfloatCodes({}).filter((_, i) => i % 199 === 0)
        expect(firstDifference(some, files.bytes(`gfloat.scalar.${name}.bin`))).toBeUndefined()
      })

      it('rounds stochastically (StochasticFastest) as we do, given our words', () => {
        const expected = files.bytes(`gfloat.sr.${name}.bin`)
        expect(firstDifference(gfloatCodes({ rounding: 'sr', seed: 7 }), expected)).toBeUndefined()
      })
    })

    it.each(['mxfp8e4m3', 'mxfp8e5m2', 'mxfp6e3m2', 'mxfp6e2m3', 'mxfp4'] as const)(
      'quantizes %s blocks as gfloat',
      (name) => {
        const expected = files.f64(`gfloat.${name}.bin`)
        const found = k.decode(k.encodeBlocks(X.subarray(0, expected.length), name, { scaleMode: 'floor' }))
        expect(firstDifference(found, expected)).toBeUndefined()
      },
    )

    it('differs from gfloat at ties of e8m0fnu, which go up', () => {
      const x = Float32Array.of(0.75, 1.5, 3, 6, 0.74, 1.51)
      expect([...files.bytes('gfloat.e8m0.ties.bin')]).toEqual([126, 128, 128, 130, 126, 128])
      expect([...codesOf(x, formats.e8m0fnu, {})]).toEqual([127, 128, 129, 130, 126, 128])
    })

    it('differs from gfloat in the codes of NaN', () => {
      const nans = floats(0x7f800001, 0xff800001, 0x7fc00000, 0xffc00000)
      for (const name of ['e4m3fn', 'e5m2'])
        expect([...files.bytes(`gfloat.nan.${name}.bin`)]).toEqual([0xff, 0xff, 0xff, 0xff])
      expect([...codesOf(nans, formats.e4m3fn, {})]).toEqual([0x7f, 0xff, 0x7f, 0xff])
      expect([...codesOf(nans, formats.e5m2, {})]).toEqual([0x7e, 0xfe, 0x7e, 0xfe])
      expect(files.json<{ gfloatRaisesOnNan: string }>('facts.json').gfloatRaisesOnNan).toBe('ValueError')
      expect([...codesOf(nans, formats.e2m1fn, {})]).toEqual([8, 0, 8, 0])
    })
  })

  describe.each(['torch', 'microfloat'])('%s, recorded', (system) => {
    const { cases, differences } = recorded(system)

    it.each(cases)('casts to $format as we do with overflow $overflow', (c) => {
      expect(sha256(codesOf(inputOf(c), formatOf(c), { overflow: c.overflow }))).toBe(c.sha256)
    })

    it.each(differences)('differs: $what', (d) => {
      const [ours] = codesOf(floats(Number.parseInt(d.bits, 16)), formatOf(d), { overflow: d.overflow })
      expect(ours).toBe(d.ours)
      expect(ours).not.toBe(d.theirs)
    })
  })

  it.each(recorded('torchao').cases)('torchao, recorded: $format $scaleMode of $input', (c) => {
    const options = { rowLength: c.rowLength, ...(c.scaleMode ? { scaleMode: c.scaleMode } : {}) }
    const p = k.encodeBlocks(inputs[c.input], c.format as BlockFormatName, options)
    expect([sha256(p.data), sha256(p.scales)]).toEqual([c.data, c.scales])
  })

  describe('qtorch, recorded', () => {
    const { cases, differences } = recorded('qtorch')

    it.each(cases)('rounds $input to $format as we do, but for the sign of zeros', (c) => {
      const values = valuesOf(inputs[c.input], formatOf(c), { rounding: c.rounding }).map((v) => v + 0)
      expect(sha256(values)).toBe(c.values)
    })

    it.each(differences)('differs: $what', (d) => {
      const [ours] = valuesOf(floats(Number.parseInt(d.bits, 16)), formatOf(d), { rounding: d.rounding })
      expect(ours).toBe(d.ours)
      expect(ours).not.toBe(d.theirs)
    })
  })

  describe('ONNX Cast, recorded', () => {
    const { cases, facts } = recorded('onnx')

    it.each(cases)('casts to $format with saturate=1 as we do with overflow $overflow', (c) => {
      expect(sha256(valuesOf(inputOf(c), formatOf(c), { overflow: c.overflow }))).toBe(c.values)
    })

    it('saturates Inf in FNUZ formats, whatever its text says, as we do', () => {
      const inf = Float32Array.of(Infinity)
      const ours = [formats.e4m3fnuz, formats.e5m2fnuz].map((format) => valuesOf(inf, format, {})[0])
      expect(ours).toEqual([240, 57344])
      for (const theirs of Object.values(facts.fnuzInfSaturated)) expect(theirs.map(Number)).toEqual(ours)
    })

    it('differs: saturate=0 gives 448 for 480, we give NaN', () => {
      expect(Number(facts.e4m3fnOf480Unsaturated)).toBe(448)
      expect(valuesOf(Float32Array.of(480), formats.e4m3fn, { overflow: 'non-saturating' })[0]).toBeNaN()
    })
  })

  it('rounds f64 once where f64 → f32 → code, or f32 → f16 → code, round twice', () => {
    const above = 464 + 2 ** -30
    const overflow = 'non-saturating'
    expect([...codesOf(Float64Array.of(above), formats.e4m3fn, { overflow })]).toEqual([0x7f])
    expect([...codesOf(Float32Array.of(above), formats.e4m3fn, { overflow })]).toEqual([0x7e])
    // 1.0625 + 2^-13 is above the tie of 1 and 1.125; as f16 it is the tie, and goes to even.
    const x = Float32Array.of(1.0625 + 2 ** -13)
    expect(valuesOf(x, formats.e4m3fn, {})[0]).toBe(1.125)
    const half = Uint16Array.of(0x3c40)
    expect(k.decode(k.encode(half, formats.e4m3fn, { inputDtype: 'f16' }))[0]).toBe(1)
  })
})
