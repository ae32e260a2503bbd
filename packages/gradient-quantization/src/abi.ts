import {
  creates,
  defineAbi,
  f64,
  frees,
  handle,
  inout,
  input,
  max,
  min,
  output,
  report,
  row,
  type Sample,
  type SampleSource,
  type Samples,
  span,
  sum,
  u32,
  u64,
  used,
} from '@ukernels/runtime'

/** Elements per chunk: a multiple of 64, so that packed bytes never straddle two chunks. */
const CHUNK = 65536
/** Blocks per chunk of the block formats: 65,536 elements again. */
const MX_CHUNK = CHUNK / 32
const NVFP4_CHUNK = CHUNK / 16

/** Bytes of n codes of `width` bits. */
const PACKED = '(n * width + 7) / 8'

/**
 * How to code an element: [bits, expBits, manBits, bias, special, rounding, overflow, nan, count,
 * compatReference]; the numbers behind the names are those of `options.ts`.
 */
const codec = input('codec', 'u32', '10')
/** Value of every code, already multiplied by 1/scale; entries from 2^bits on are unused. */
const lut = input('lut', 'f32', '256')
/** Stored bits per code: the format's, or 8. */
const width = u32('width', 2, 8)
/** 0 stores, 1 adds f32(weight * value) to `out`. */
const mode = u32('mode', 0, 1)
const elements = span('n', CHUNK)

/** Element `offset + i` of `stream` under `seed` draws random word i. */
const seed = u64('seed')
const stream = u32('stream')
const offset = u64('offset')

const coded = report({ overflowed: sum(), underflowed: sum(), firstNan: min() })
const pruned = report({ zeros: sum(), clipped: sum(), firstNan: min() })

/** Elements in front of block `blocks` when rows of `rowLength` are cut into blocks of k. */
const elementsBefore = (k: string) => {
  const perRow = `((rowLength + ${k} - 1) / ${k})`
  return `blocks / ${perRow} * rowLength + min(blocks % ${perRow} * ${k}, rowLength)`
}

export const abi = defineAbi('gradient-quantization', {
  amax: row([input('x', 'f32', 'n'), report({ amaxBits: max(), firstNan: min(), firstNonFinite: min() }), elements]),
  stats: row([
    input('x', 'f32', 'n'),
    report({
      count: sum(),
      zeros: sum(),
      nonFinite: sum(),
      sumL: sum('i64'),
      sumL2: sum('i64'),
      amaxBits: max(),
      aminBits: min(),
    }),
    elements,
  ]),
  logHistogram: row([input('x', 'f32', 'n'), inout('hist', 'u32', '2048'), elements]),

  narrow64: row([input('x', 'f64', 'n'), f64('scale'), output('out', 'f32', 'n'), elements]),
  widen16: row([input('x', 'u16', 'n'), u32('dtype', 0, 1), output('out', 'f32', 'n'), elements]),

  encode: row([
    input('x', 'f32', 'n'),
    codec,
    width,
    f64('scale'),
    seed,
    stream,
    offset,
    output('codes', 'u8', PACKED),
    coded,
    elements,
  ]),
  decode: row([
    input('codes', 'u8', PACKED),
    lut,
    u32('bits', 2, 8),
    width,
    mode,
    f64('weight'),
    f64('divisor'),
    inout('out', 'f32', 'n'),
    elements,
  ]),
  accumulate: row([input('x', 'f32', 'n'), f64('weight'), inout('out', 'f32', 'n'), elements]),
  fakeQuantize: row([
    input('x', 'f32', 'n'),
    codec,
    lut,
    f64('scale'),
    seed,
    stream,
    offset,
    output('out', 'f32', 'n', { alias: 'x' }),
    coded,
    elements,
  ]),

  // In wasm the state is 64 bytes that say n, then n floats.
  feedbackCreate: row([u32('n', 0, 2 ** 30 - 1), creates('feedback', 'ErrorFeedback', 'n * 4 + 64')]),
  feedbackFree: row([frees('feedback', 'ErrorFeedback')]),
  feedbackSum: row([handle('feedback', 'ErrorFeedback'), input('g', 'f32', 'n'), output('sum', 'f32', 'n'), elements]),
  feedbackStep: row([
    handle('feedback', 'ErrorFeedback'),
    input('g', 'f32', 'n'),
    codec,
    width,
    f64('scale'),
    lut,
    seed,
    stream,
    offset,
    output('codes', 'u8', PACKED),
    coded,
    elements,
  ]),
  feedbackResidual: row([handle('feedback', 'ErrorFeedback'), output('out', 'f32', 'n')]),
  feedbackReset: row([handle('feedback', 'ErrorFeedback')]),

  mxEncode: row([
    input('x', 'f32', elementsBefore('32')),
    codec,
    u32('scaleMode', 0, 3),
    u32('rowLength', 1),
    u32('blocks'),
    seed,
    stream,
    offset,
    u32('poison', 0, 1),
    u32('bits', 4, 8),
    output('data', 'u8', 'blocks * 4 * bits'),
    output('scales', 'u8', 'blocks'),
    report({ firstNonFinite: min() }),
    span('blocks', MX_CHUNK),
  ]),
  nvfp4Encode: row([
    input('x', 'f32', elementsBefore('16')),
    codec,
    f64('tensorScale'),
    u32('rowLength', 1),
    u32('blocks'),
    seed,
    stream,
    offset,
    u32('poison', 0, 1),
    output('data', 'u8', 'blocks * 8'),
    output('scales', 'u8', 'blocks'),
    report({ firstNonFinite: min() }),
    span('blocks', NVFP4_CHUNK),
  ]),
  blocksDecode: row([
    input('data', 'u8', 'blocks * (blockSize * bits / 8)'),
    input('scales', 'u8', 'blocks'),
    lut,
    input('scaleLut', 'f32', '256'),
    u32('bits', 4, 8),
    u32('blockSize', 16, 32),
    u32('rowLength', 1),
    u32('blocks'),
    mode,
    f64('weight'),
    inout('out', 'f32', elementsBefore('blockSize')),
    span('blocks', MX_CHUNK),
  ]),

  luqEncode: row([
    input('x', 'f32', 'n'),
    f64('alpha'),
    u32('levels', 7, 8),
    u32('width', 4, 8),
    seed,
    stream,
    u32('sample', 0, 2 ** 24 - 1),
    offset,
    output('codes', 'u8', PACKED),
    report({ clamped: sum(), firstNonFinite: min() }),
    elements,
  ]),

  prune: row([
    input('x', 'f32', 'n'),
    f64('alpha'),
    seed,
    stream,
    offset,
    output('out', 'f32', 'n', { alias: 'x' }),
    pruned,
    elements,
  ]),
  pruneEncode: row([
    input('x', 'f32', 'n'),
    f64('alpha'),
    seed,
    stream,
    offset,
    output('classes', 'u8', '(n + 3) / 4'),
    output('values', 'f32', 'n', { optional: true }),
    used('values'),
    pruned,
    elements,
  ]),
  pruneDecode: row(
    [
      input('classes', 'u8', '(n + 3) / 4'),
      input('values', 'f32', 'survivors'),
      used('values'),
      f64('alpha'),
      mode,
      f64('weight'),
      inout('out', 'f32', 'n'),
      elements,
    ],
    { statuses: ['corrupt'] },
  ),

  philox: row([seed, u64('block'), stream, u32('tag'), output('words', 'u32', 'n')]),
})
export type GradientQuantizationAbi = typeof abi

// ---- samples ------------------------------------------------------------------------------------

/** Lengths that exercise tails, one exact chunk and several chunks. */
const sizes = [0, 1, 63, 1000, CHUNK + 37, 5 * CHUNK + 3]

const e4m3fn = [8, 4, 3, 7, 1]
const e5m2 = [8, 5, 2, 15, 0]
const e3m2fn = [6, 3, 2, 3, 3]
const e2m1fn = [4, 2, 1, 1, 3]
const e4m3fnuz = [8, 4, 3, 8, 2]
const e8m0fnu = [8, 8, 0, 127, 4]
const ieee41 = [6, 4, 1, 7, 0]
const fiveBit = [5, 3, 1, 3, 3]
const sampleFormats = [e4m3fn, e5m2, e3m2fn, e2m1fn, e4m3fnuz, ieee41, fiveBit]

const codecOf = (format: number[], rounding: number, overflow: number, nan = 1, compat = 0) =>
  Uint32Array.of(...format, rounding, overflow, nan, 1, compat)

const random = (s: SampleSource) => ({
  seed: BigInt(s.below(2 ** 32)) << 21n,
  stream: s.below(7),
  offset: s.below(2) ? 2 ** 40 + s.below(1000) : s.below(1000),
})

/** A table of any values: decoding must copy bits, so it need not belong to a format. */
const anyLut = (s: SampleSource) => s.anyFloats(256).map((v) => (Number.isNaN(v) ? Number.NaN : v))

function encodeSamples(s: SampleSource, name: 'x' | 'g' = 'x'): Sample[] {
  const combinations = sampleFormats.flatMap((format) => [0, 1, 2, 3].map((rounding) => ({ format, rounding })))
  return [...combinations, { format: e8m0fnu, rounding: 0 }].map(({ format, rounding }, i) => ({
    [name]: i % 3 ? s.gradients(sizes[i % sizes.length]) : s.anyFloats(sizes[i % sizes.length]),
    codec: codecOf(format, rounding, i % 3, 1 + (i % 2), i % 5 === 4 ? 1 : 0),
    width: i % 2 ? 8 : format[0],
    scale: i % 4 ? 2 ** (s.below(20) - 10) : Math.fround(0.3),
    lut: anyLut(s),
    ...random(s),
  }))
}

function decodeSamples(s: SampleSource): Sample[] {
  return [2, 3, 4, 5, 6, 7, 8, 4, 8].map((bits, i) => {
    const n = sizes[i % sizes.length]
    const stored = i > 6 ? 8 : bits
    const codes = s.bytes(Math.floor((n * stored + 7) / 8))
    return {
      codes: stored === bits ? codes : codes.map((c) => c & ((1 << bits) - 1)),
      lut: anyLut(s),
      bits,
      width: stored,
      mode: i % 2,
      weight: 0.7,
      divisor: i % 3 ? 1 : 3,
      out: s.gradients(n),
    }
  })
}

function blockSamples(s: SampleSource, blockSize: number): Sample[] {
  const shapes = [
    { rows: 1, rowLength: 3 * CHUNK + 5 },
    { rows: 700, rowLength: 130 },
    { rows: 3, rowLength: 33 },
    { rows: 1, rowLength: 1 },
    { rows: 0, rowLength: 7 },
  ]
  return shapes.flatMap(({ rows, rowLength }) =>
    [0, 1, 2, 3].map((mode) => {
      const format = blockSize === 16 ? e2m1fn : [e4m3fn, e5m2, e3m2fn, e2m1fn][mode]
      const x = mode === 3 ? s.anyFloats(rows * rowLength) : s.gradients(rows * rowLength)
      const blocks = rows * Math.ceil(rowLength / blockSize)
      return {
        x,
        codec: codecOf(format, mode, 0, 2),
        scaleMode: mode,
        tensorScale: Math.fround(2 ** -5 * 1.3),
        rowLength,
        blocks,
        poison: mode === 3 ? 1 : 0,
        bits: format[0],
        blockSize,
        data: s.bytes((blocks * blockSize * format[0]) / 8),
        scales: s.bytes(blocks),
        lut: anyLut(s),
        scaleLut: anyLut(s),
        mode: mode & 1,
        weight: 0.5,
        out: s.gradients(rows * rowLength),
        ...random(s),
      }
    }),
  )
}

const sized = (s: SampleSource, sample: (n: number) => Sample): Sample[] =>
  sizes.map((n) => ({ ...sample(n), ...random(s) }))

/** Any doubles, every other one near zero. NaNs keep their bytes: an engine may change those that JavaScript touches. */
function anyDoubles(s: SampleSource, n: number): Float64Array {
  const x = new Float64Array(s.bytes(8 * n).buffer)
  for (let i = 0; i < n; i += 2) if (!Number.isNaN(x[i])) x[i] *= 2 ** -1000
  return x
}

export const samples: Samples<GradientQuantizationAbi> = {
  amax: (s) => sizes.flatMap((n) => [{ x: s.gradients(n) }, { x: s.anyFloats(n) }]),
  stats: (s) => sizes.flatMap((n) => [{ x: s.gradients(n) }, { x: s.anyFloats(n) }]),
  logHistogram: (s) => sizes.map((n) => ({ x: s.anyFloats(n), hist: new Uint32Array(2048).fill(3) })),
  narrow64: (s) => sizes.map((n, i) => ({ x: anyDoubles(s, n), scale: i % 2 ? 1 : 2 ** -20 * 1.1 })),
  widen16: (s) => sizes.flatMap((n) => [0, 1].map((dtype) => ({ x: new Uint16Array(s.bytes(2 * n).buffer), dtype }))),
  encode: (s) => encodeSamples(s),
  decode: decodeSamples,
  accumulate: (s) => sizes.map((n) => ({ x: s.gradients(n), weight: Math.fround(0.1), out: s.gradients(n) })),
  fakeQuantize: (s) => encodeSamples(s),
  feedbackCreate: () => [{ n: 6 * CHUNK }],
  feedbackFree: () => [{}],
  feedbackSum: (s) => sizes.map((n) => ({ g: s.gradients(n) })),
  feedbackStep: (s) => encodeSamples(s, 'g'),
  feedbackResidual: () => [{ n: 6 * CHUNK }, { n: 10 }],
  feedbackReset: () => [{}],
  mxEncode: (s) => blockSamples(s, 32),
  nvfp4Encode: (s) => blockSamples(s, 16),
  blocksDecode: (s) => [...blockSamples(s, 32), ...blockSamples(s, 16)],
  luqEncode: (s) =>
    [7, 8].flatMap((levels) =>
      sized(s, (n) => ({ x: s.gradients(n), alpha: 2 ** -4, levels, width: n % 2 ? 8 : levels - 3, sample: n % 3 })),
    ),
  prune: (s) => [0, 2].flatMap((alpha) => sized(s, (n) => ({ x: alpha ? s.gradients(n) : s.anyFloats(n), alpha }))),
  pruneEncode: (s) => [0.5, 2].flatMap((alpha) => sized(s, (n) => ({ x: s.gradients(n), alpha }))),
  pruneDecode: (s) =>
    sizes.flatMap((n) =>
      [0, 1].map((mode) => ({
        classes: s.bytes(Math.floor((n + 3) / 4)),
        values: s.gradients(mode ? n : n >> 1),
        alpha: 2,
        mode,
        weight: 0.25,
        out: s.gradients(n),
      })),
    ),
  philox: (s) => sized(s, (n) => ({ n, block: BigInt(s.below(2 ** 32)) << 8n, tag: 1 + (s.below(3) << 8) })),
}
