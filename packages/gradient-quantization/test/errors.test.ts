import {
  type BlockOptions,
  type EncodeOptions,
  formats,
  fromBytes,
  type GradientQuantizationKernel,
  type Input,
  type LuqOptions,
  type Packed,
  toBytes,
} from '@ukernels/gradient-quantization'
import { KernelError, NonFiniteError } from '@ukernels/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { expectError, floats } from './support.js'

const { e4m3fn, e2m1fn, e8m0fnu } = formats
const wrong = <T>(value: unknown) => value as T

describe.each(kinds)('errors: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())
  const x = Float32Array.of(1, 2, 3, 4)
  const type = (run: () => unknown, ...texts: string[]) => expectError(run, TypeError, 'TYPE', ...texts)
  const range = (run: () => unknown, ...texts: (string | number)[]) => expectError(run, RangeError, 'RANGE', ...texts)
  const length = (run: () => unknown, ...texts: (string | number)[]) => expectError(run, RangeError, 'LENGTH', ...texts)
  const overlap = (run: () => unknown, ...texts: string[]) => expectError(run, RangeError, 'OVERLAP', ...texts)

  it.each([
    ['an array', [1, 2]],
    ['undefined', undefined],
    ['null', null],
    ['an Int8Array', new Int8Array(3)],
    ['an ArrayBuffer', new ArrayBuffer(4)],
    ['a DataView', new DataView(new ArrayBuffer(4))],
    ['a string', 'abc'],
  ])('refuses %s as input everywhere', (_, value) => {
    const bad = wrong<Input>(value)
    const seed = 1
    for (const run of [
      () => k.stats(bad),
      () => k.logHistogram(bad),
      () => k.encode(bad, e4m3fn),
      () => k.fakeQuantize(bad, e4m3fn),
      () => k.encodeBlocks(bad, 'mxfp4'),
      () => k.luqEncode(bad, { seed }),
      () => k.prune(bad, 1, { seed }),
      () => k.pruneEncode(bad, 1, { seed }),
    ])
      type(run, 'x must be a Float32Array, Float64Array or Uint16Array')
    type(() => k.createErrorFeedback(2).step(bad, e4m3fn), 'g must be a Float32Array')
  })

  it('wants inputDtype for a Uint16Array, and only there', () => {
    const h = Uint16Array.of(0x3c00)
    type(() => k.stats(h), 'inputDtype', "'f16', 'bf16'")
    type(() => k.stats(h, { inputDtype: wrong('f8') }), "'f16', 'bf16'", "'f8'")
    type(() => k.encode(x, e4m3fn, { inputDtype: 'f16' }), 'inputDtype', 'Float32Array')
  })

  it('lists the allowed names', () => {
    const bad = (options: object, ...texts: string[]) =>
      type(() => k.encode(x, e4m3fn, wrong<EncodeOptions>(options)), ...texts)
    bad({ rounding: 'up' }, "rounding must be one of 'rne', 'sr', 'rtz', 'rna', got 'up'")
    bad({ overflow: 'wrap' }, "'saturate', 'saturate-finite', 'non-saturating'", "'wrap'")
    bad({ nan: 'skip' }, "'throw', 'canonical', 'max'", "'skip'")
    bad({ packing: 'nibbles' }, "'bits', 'bytes'", "'nibbles'")
    bad({ scale: 'max' }, "'lognormal', 'amax'", "'max'")
    bad({ count: 1 }, 'count must be true or false, got 1')
    bad({ scale: null }, 'scale')
    bad({ headroom: '3' }, 'headroom must be a number')
    type(() => k.encode(x, e4m3fn, wrong(null)), 'options must be an object, got null')
    type(() => k.encode(x, e4m3fn, wrong(7)), 'options must be an object, got 7')
    const blocks = (options: object, ...texts: string[]) =>
      type(() => k.encodeBlocks(x, 'mxfp4', wrong<BlockOptions>(options)), ...texts)
    blocks({ scaleMode: 'round' }, "'rceil', 'floor', 'ceil', 'even'", "'round'")
    blocks({ tail: 'cut' }, "'pad', 'throw'", "'cut'")
    blocks({ nonFinite: 'skip' }, "'throw', 'poison'", "'skip'")
    type(
      () => k.encodeBlocks(x, wrong('mxfp5')),
      "'mxfp8e4m3', 'mxfp8e5m2', 'mxfp6e3m2', 'mxfp6e2m3', 'mxfp4', 'nvfp4'",
    )
    type(() => k.encodeBlocks(x, wrong(undefined)), 'format must be one of', 'got undefined')
    type(() => k.encode(x, wrong('e4m3fn')), 'format must be a Format')
    type(() => k.decode(wrong({ kind: 'zip', n: 0 })), "'element', 'mx', 'nvfp4', 'luq', 'prune'", "'zip'")
    type(() => k.decode(wrong(undefined)), 'p must be a packed object')
  })

  it('needs a seed wherever words are drawn', () => {
    type(() => k.encode(x, e4m3fn, { rounding: 'sr' }), 'seed is required', "rounding: 'sr'")
    type(() => k.fakeQuantize(x, e4m3fn, { rounding: 'sr' }), 'seed is required')
    type(() => k.encodeBlocks(x, 'nvfp4', { rounding: 'sr' }), 'seed is required')
    type(() => k.luqEncode(x, wrong({})), 'seed is required')
    type(() => k.luqEncode(x, wrong(undefined)), 'options must be an object')
    type(() => k.prune(x, 1, wrong({})), 'seed is required')
    type(() => k.prune(x, 1, wrong(undefined)), 'options must be an object')
    type(() => k.pruneEncode(x, 1, wrong({})), 'seed is required')
    type(() => k.encode(x, e4m3fn, { rounding: 'sr', seed: wrong('7') }), 'seed must be a number or a bigint', "'7'")
  })

  it.each([-1, 2 ** 53, 2 ** 53 + 2, Number.NaN, 0.5, Infinity])('names the seed %s', (seed) => {
    for (const run of [
      () => k.encode(x, e4m3fn, { seed }),
      () => k.luqEncode(x, { seed }),
      () => k.prune(x, 1, { seed }),
      () => k.pruneEncode(x, 1, { seed }),
      () => k.encodeBlocks(x, 'mxfp4', { seed }),
    ])
      range(run, 'seed', seed)
  })

  it('takes every bigint seed below 2^64, and no other', () => {
    expect(k.encode(x, e4m3fn, { rounding: 'sr', seed: 2n ** 64n - 1n }).n).toBe(4)
    range(() => k.encode(x, e4m3fn, { seed: 2n ** 64n }), 'seed', '18446744073709551616n')
    range(() => k.encode(x, e4m3fn, { seed: -1n }), 'seed', '-1n')
    const options = { rounding: 'sr', stream: 3 } as const
    expect(k.encode(x, e4m3fn, { ...options, seed: 5n })).toEqual(k.encode(x, e4m3fn, { ...options, seed: 5 }))
  })

  it('checks stream and offset', () => {
    for (const stream of [-1, 2 ** 32, 0.5, Number.NaN]) range(() => k.encode(x, e4m3fn, { stream }), 'stream', stream)
    for (const offset of [-1, 2 ** 53, 0.5, Number.NaN])
      range(() => k.prune(x, 1, { seed: 1, offset }), 'offset', offset)
    type(() => k.encode(x, e4m3fn, { stream: wrong('1') }), 'stream must be a number')
    expect(k.encode(x, e4m3fn, { rounding: 'sr', seed: 1, offset: 2 ** 53 - 1, stream: 2 ** 32 - 1 }).n).toBe(4)
  })

  it('checks scale, headroom, alpha and the counts', () => {
    for (const scale of [0, -1, Number.NaN, Infinity, 1e-46, 1e39, 2 ** -128])
      range(() => k.encode(x, e4m3fn, { scale }), 'scale', scale)
    range(() => k.encode(x, e4m3fn, { scale: 'lognormal', headroom: 0.5 }), 'headroom', 0.5)
    range(() => k.encode(x, e8m0fnu, { rounding: 'rtz' }), 'rounding', "'rtz'")
    for (const alpha of [-1, Number.NaN, Infinity, 1e39]) {
      range(() => k.prune(x, alpha, { seed: 1 }), 'alpha', alpha)
      range(() => k.pruneEncode(x, alpha, { seed: 1 }), 'alpha', alpha)
      range(() => k.luqEncode(x, { seed: 1, alpha }), 'alpha', alpha)
    }
    type(() => k.prune(x, wrong(undefined), { seed: 1 }), 'alpha')
    type(() => k.prune(x, wrong('1'), { seed: 1 }), 'alpha')
    range(() => k.luqEncode(x, { seed: 1, alpha: 0 }), 'alpha', 0)
    range(() => k.luqEncode(x, { seed: 1, alpha: 3e38, powerOfTwoAlpha: true }), 'alpha')
    for (const samples of [0, 1.5, 65536]) range(() => k.luqEncode(x, { seed: 1, samples }), 'samples', samples)
    range(() => k.luqEncode(x, wrong<LuqOptions>({ seed: 1, levels: 9 })), 'levels must be 7 or 8, got 9')
    for (const rowLength of [0, -1, 1.5]) range(() => k.encodeBlocks(x, 'mxfp4', { rowLength }), 'rowLength', rowLength)
    range(() => k.encodeBlocks(x, 'nvfp4', { scaleMode: 'even' }), 'scaleMode')
    for (const n of [-1, 0.5, 2 ** 30, Number.NaN]) range(() => k.createErrorFeedback(n), 'n', n)
    type(() => k.createErrorFeedback(wrong(undefined)), 'n')
    for (const weight of [Number.NaN, Infinity]) {
      range(
        () => k.decode(k.encode(x, e4m3fn), { out: new Float32Array(4), accumulate: true, weight }),
        'weight',
        weight,
      )
    }
    range(() => k.decode(k.encode(x, e4m3fn), { weight: 2 }), 'weight', 'accumulate')
    type(() => k.decode(k.encode(x, e4m3fn), { accumulate: true }), 'out', 'accumulate')
  })

  it('checks lengths', () => {
    const p = k.encode(x, e2m1fn)
    length(() => k.encode(x, e2m1fn, { out: new Uint8Array(1) }), 'out must have at least 2 elements, got 1')
    length(() => k.fakeQuantize(x, e2m1fn, { out: new Float32Array(3) }), 'out must have at least 4', 'got 3')
    length(() => k.decode(p, { out: new Float32Array(3) }), 'out must have at least 4', 'got 3')
    length(() => k.logHistogram(x, new Uint32Array(2047)), 'out must have at least 2048', 'got 2047')
    length(() => k.prune(x, 1, { seed: 1, out: new Float32Array(3) }), 'out must have at least 4')
    length(() => k.pruneEncode(x, 1, { seed: 1, out: { classes: new Uint8Array(0) } }), 'out.classes')
    length(() => k.pruneEncode(x, 1, { seed: 1, out: { values: new Float32Array(2) } }), 'out.values', 'got 2')
    length(() => k.luqEncode(x, { seed: 1, samples: 3, out: new Uint8Array(5) }), 'out must have at least 6')
    length(() => k.encodeBlocks(x, 'mxfp4', { out: { data: new Uint8Array(15) } }), 'out.data must have at least 16')
    length(() => k.encodeBlocks(x, 'mxfp4', { out: { scales: new Uint8Array(0) } }), 'out.scales')
    length(() => k.encodeBlocks(x, 'mxfp4', { rowLength: 3 }), 'rowLength 3', 'got 4')
    length(() => k.encodeBlocks(x, 'mxfp4', { tail: 'throw' }), 'multiple of 32', 'got 4')
    length(() => k.createErrorFeedback(5).step(x, e4m3fn), 'g must have 5', 'got 4')
    length(() => k.reduceAverage([], e4m3fn), 'parts')
    length(() => k.reduceAverage([p, k.encode(x.subarray(1), e2m1fn)], e4m3fn), 'parts[1].n must be 4', 'got 3')
    type(() => k.reduceAverage(wrong(p), e4m3fn), 'parts')
    type(() => k.reduceAverage([p, wrong<Packed>({ kind: 'luq' })], e4m3fn), "parts[1].kind must be 'element'")
  })

  it('checks the parts of packed objects', () => {
    const p = k.encode(x, e2m1fn)
    length(() => k.decode({ ...p, data: p.data.subarray(1) }), 'p.data must have 2 elements, got 1')
    length(() => k.decode({ ...p, n: 7 }), 'p.data must have 4 elements, got 2')
    range(() => k.decode({ ...p, n: -1 }), 'p.n', -1)
    range(() => k.decode({ ...p, scale: 0 }), 'p.scale', 0)
    type(() => k.decode({ ...p, data: wrong([1, 2]) }), 'p.data must be a Uint8Array')
    type(() => k.decode({ ...p, packing: wrong('tight') }), 'p.packing', "'tight'")
    const mx = k.encodeBlocks(x, 'mxfp4')
    length(() => k.decode({ ...mx, scales: new Uint8Array(2) }), 'p.scales must have 1')
    length(() => k.decode({ ...mx, rowLength: 3 }), 'rowLength 3')
    const nv = k.encodeBlocks(x, 'nvfp4')
    range(() => k.decode(wrong({ ...nv, tensorScale: -1 })), 'p.tensorScale', -1)
    const luq = k.luqEncode(x, { seed: 1 })
    length(() => k.decode({ ...luq, samples: 2 }), 'p.data must have 4 elements, got 2')
    range(() => k.decode({ ...luq, levels: wrong(6) }), 'p.levels must be 7 or 8, got 6')
    range(() => k.decode({ ...luq, alpha: -1 }), 'p.alpha', -1)
    const pruned = k.pruneEncode(x, 2.5, { seed: 1 })
    expect(pruned.values.length).toBe(2)
    length(() => k.decode({ ...pruned, values: new Float32Array(1) }), 'p.values', 'got 1')
    length(() => k.decode({ ...pruned, values: new Float32Array(3) }), 'p.values must have 2 elements', 'got 3')
    type(() => k.decode({ ...pruned, values: wrong(undefined) }), 'p.values must be a Float32Array')
  })

  it('believes no n that the data does not bear out, and allocates nothing for it', () => {
    const p = k.encode(x, e4m3fn)
    length(() => k.decode({ ...p, n: 2 ** 40 }), 'p.data must have 1099511627776 elements, got 4')
    const mx = k.encodeBlocks(x, 'mxfp4')
    length(() => k.decode({ ...mx, n: 2 ** 40, rowLength: 2 ** 20 }), 'p.data must have', 'got 16')
    length(() => k.decode({ ...k.pruneEncode(x, 1, { seed: 1 }), n: 2 ** 40 }), 'p.classes must have')
    length(() => k.reduceAverage([{ ...p, n: 2 ** 40 }], e4m3fn), 'parts[0].data must have')
    const many = { seed: 1, levels: 8, samples: 65_535 } as const
    expectError(() => k.luqEncode(new Float32Array(2 ** 20), many), RangeError, 'TOO_LARGE', '68718428160 bytes')
  })

  it('tells a packed object whose kind and format disagree', () => {
    const mx = k.encodeBlocks(x, 'mxfp4')
    type(() => k.decode(wrong({ ...mx, format: 'nvfp4' })), "p.format must be a format of kind 'mx', got 'nvfp4'")
    type(() => k.decode(wrong({ ...mx, kind: 'nvfp4' })), "kind 'nvfp4', got 'mxfp4'")
    type(() => k.decode({ ...k.encode(x, e4m3fn), packing: wrong(undefined) }), 'p.packing must be one of')
  })

  it('names the part of an average that is wrong', () => {
    const p = k.encode(x, e4m3fn)
    range(() => k.reduceAverage([p, { ...p, n: -4 }], e4m3fn), 'parts[1].n', -4)
    type(() => k.reduceAverage([p, { ...p, packing: wrong('tight') }], e4m3fn), 'parts[1].packing', "'tight'")
    type(() => k.reduceAverage([p, { ...p, format: wrong('e4m3fn') }], e4m3fn), 'parts[1].format', 'formats.e4m3fn')
    range(() => k.reduceAverage([p, { ...p, scale: -1 }], e4m3fn), 'parts[1].scale', -1)
    const nan = k.encode(Float32Array.of(1, Number.NaN, 1, 1), e4m3fn, { nan: 'canonical' })
    expectError(() => k.reduceAverage([p, nan], e4m3fn), NonFiniteError, 'NON_FINITE', 'average[1]')
  })

  it('wants an object with the arrays where there are several outputs', () => {
    const bytes = wrong<object>(new Uint8Array(100))
    type(() => k.encodeBlocks(x, 'mxfp4', { out: bytes }), 'out must be an object with data and scales, got Uint8Array')
    type(() => k.pruneEncode(x, 1, { seed: 1, out: bytes }), 'classes and values')
    type(() => k.pruneEncode(x, 1, { seed: 1, out: wrong(null) }), 'classes and values', 'null')
  })

  it('says that a Proxy of an array is none', () => {
    type(() => k.stats(new Proxy(x, {})), 'x must be a Float32Array', 'got a Proxy of a Float32Array')
  })

  it('has written nothing when a check fails late', () => {
    const p = k.pruneEncode(x, 2.5, { seed: 1 })
    const out = new Float32Array(4).fill(9)
    for (const values of [new Float32Array(1), new Float32Array(3)]) {
      length(() => k.decode({ ...p, values }, { out }), 'p.values must have 2 elements')
      length(() => k.decode({ ...p, values }, { out, accumulate: true }), 'p.values must have 2 elements')
    }
    expect([...out]).toEqual([9, 9, 9, 9])
    const classes = new Uint8Array(1).fill(9)
    const few = new Float32Array(1).fill(9)
    length(() => k.pruneEncode(x, 2.5, { seed: 1, out: { classes, values: few } }), 'out.values must have at least 2')
    expect([classes[0], few[0]]).toEqual([9, 9])
    const enough = new Float32Array(2)
    expect(k.pruneEncode(x, 2.5, { seed: 1, out: { classes, values: enough } })).toEqual(p)
    expect(classes).toEqual(p.classes)
  })

  it('takes an alpha of -0 as 0, on the wire too', () => {
    const p = k.pruneEncode(x, -0, { seed: 1 })
    expect(Object.is(p.alpha, 0)).toBe(true)
    expect(fromBytes(toBytes({ ...p, alpha: -0 }))).toMatchObject({ alpha: 0, n: 4 })
  })

  it('refuses outputs over inputs, except the same values in place', () => {
    const memory = new ArrayBuffer(64)
    const y = new Float32Array(memory, 0, 8)
    overlap(() => k.encode(y, e4m3fn, { out: new Uint8Array(memory, 8, 8) }), 'out', 'overlap')
    overlap(() => k.encode(y, e4m3fn, { out: new Uint8Array(memory, 0, 8) }), 'out')
    overlap(() => k.fakeQuantize(y, e4m3fn, { out: new Float32Array(memory, 4, 8) }), 'out')
    overlap(() => k.prune(y, 1, { seed: 1, out: new Float32Array(memory, 4, 8) }), 'out')
    overlap(() => k.prune(new Float64Array(memory, 0, 4), 1, { seed: 1, out: new Float32Array(memory, 0, 4) }), 'out')
    overlap(() => k.pruneEncode(y, 1, { seed: 1, out: { values: new Float32Array(memory, 0, 8) } }), 'out.values')
    overlap(() => k.pruneEncode(y, 1, { seed: 1, out: { classes: new Uint8Array(memory, 31, 2) } }), 'out.classes')
    overlap(() => k.luqEncode(y, { seed: 1, out: new Uint8Array(memory, 0, 4) }), 'out')
    overlap(() => k.encodeBlocks(y, 'mxfp4', { out: { scales: new Uint8Array(memory, 0, 1) } }), 'out.scales')
    const shared = new Uint8Array(64)
    overlap(
      () => k.encodeBlocks(x, 'mxfp4', { out: { data: shared.subarray(0, 16), scales: shared.subarray(15, 16) } }),
      'out.data',
    )
    const bins = new Uint32Array(2048)
    overlap(() => k.logHistogram(new Float32Array(bins.buffer, 0, 8), bins), 'out')
    const p = k.encode(x, e4m3fn, { out: new Uint8Array(memory, 0, 4) })
    overlap(() => k.decode(p, { out: new Float32Array(memory, 0, 4) }), 'out')
    overlap(() => k.reduceAverage([p], e4m3fn, { out: new Uint8Array(memory, 2, 4) }), 'out', 'parts[0].data')
    y.fill(1.03)
    expect(k.fakeQuantize(y, e4m3fn, { out: y })).toBe(y)
    expect(y[7]).toBe(1)
    expect(k.prune(y, 0.5, { seed: 1, out: y }).data).toBe(y)
  })

  it('finds NaN and infinities where they matter, with their index', () => {
    const at = (run: () => unknown, index: number) => {
      expectError(run, NonFiniteError, 'NON_FINITE', `[${index}]`)
      expect(() => run()).toThrow(expect.objectContaining({ index }))
    }
    const nan = new Float32Array(100_000).fill(1)
    nan[70_003] = Number.NaN
    nan[90_000] = Number.NaN
    const inf = new Float32Array(100_000).fill(1)
    inf[70_003] = -Infinity
    const seed = 1
    for (const y of [nan, inf]) {
      at(() => k.encode(y, e4m3fn, { scale: 'amax' }), 70_003)
      at(() => k.luqEncode(y, { seed }), 70_003)
      at(() => k.luqEncode(y, { seed, alpha: 1 }), 70_003)
      at(() => k.encodeBlocks(y, 'mxfp8e4m3'), 70_003)
      at(() => k.encodeBlocks(y, 'nvfp4'), 70_003)
    }
    at(() => k.encode(nan, e4m3fn), 70_003)
    at(() => k.fakeQuantize(nan, e4m3fn), 70_003)
    at(() => k.prune(nan, 1, { seed }), 70_003)
    at(() => k.pruneEncode(nan, 1, { seed }), 70_003)
    at(() => k.encode(Float64Array.from(nan), e4m3fn), 70_003)
    at(() => k.encode(Uint16Array.of(0, 0x7c01), e4m3fn, { inputDtype: 'f16' }), 1)
    const feedback = k.createErrorFeedback(100_000)
    at(() => feedback.step(nan, e4m3fn), 70_003)
    at(() => feedback.step(inf, e4m3fn, { scale: 'amax' }), 70_003)
    feedback.dispose()
  })

  it('writes nothing over the input when prune finds a NaN', () => {
    const y = floats(0x3f800000, 0x7fc00001, 0x3f800000)
    const before = y.slice()
    expectError(() => k.prune(y, 4, { seed: 3, out: y }), NonFiniteError, 'NON_FINITE', '[1]')
    expect([y[0], y[2]]).toEqual([before[0], before[2]])
    const out = new Float32Array(3).fill(9)
    expectError(() => k.prune(y, 4, { seed: 3, out }), NonFiniteError, 'NON_FINITE')
    expect([...out]).toEqual([9, 9, 9])
  })

  it('refuses detached buffers', () => {
    const detach = <T extends ArrayBufferView>(view: T): T => {
      structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] })
      return view
    }
    const seed = 1
    type(() => k.stats(detach(new Float32Array(4))), 'x is detached')
    type(() => k.encode(detach(new Float64Array(4)), e4m3fn), 'x is detached')
    type(() => k.encode(x, e4m3fn, { out: detach(new Uint8Array(4)) }), 'out is detached')
    type(() => k.prune(x, 1, { seed, out: detach(new Float32Array(4)) }), 'out is detached')
    const p = k.encode(x, e4m3fn)
    type(() => k.decode({ ...p, data: detach(p.data.slice()) }), 'p.data is detached')
    expect(k.encode(new Float32Array(0), e4m3fn).data.length).toBe(0)
  })

  it('refuses everything after dispose', async () => {
    const other = await open()
    const feedback = other.createErrorFeedback(4)
    const p = other.encode(x, e4m3fn)
    other.dispose()
    other.dispose()
    const disposed = (run: () => unknown) => expectError(run, KernelError, 'DISPOSED')
    disposed(() => other.stats(x))
    disposed(() => other.encode(x, e4m3fn))
    disposed(() => other.decode(p))
    disposed(() => other.prune(x, 1, { seed: 1 }))
    const bins = new Uint32Array(2048).fill(7)
    disposed(() => other.logHistogram(x, bins))
    expect(bins[0]).toBe(7)
    disposed(() => other.createErrorFeedback(1))
    disposed(() => feedback.step(x, e4m3fn))
    disposed(() => feedback.residual)
    disposed(() => feedback.reset())
    feedback.dispose()
  })
})
