/**
 * Every argument and option of every function, replaced by every nasty value: a result, or a typed error that names
 * what was wrong; never another error, never a crash, and after an error the caller's arrays are as they were.
 */
import * as api from '@ukernels/gradient-quantization'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { hex } from './support.js'

type Options = Record<string, unknown>
/** A call by its arguments; the last one may be options. */
interface Case {
  name: string
  args: () => unknown[]
  call: (k: api.GradientQuantizationKernel, args: never[]) => unknown
}

function detached(): Float32Array {
  const array = new Float32Array(4)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}

function shrunk(): Float32Array {
  const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer & { resize(n: number): void }
  const buffer = new Resizable(160, { maxByteLength: 160 })
  const array = new Float32Array(buffer, 40, 10)
  buffer.resize(60)
  return array
}

/** Made anew for each use. */
const nasty: [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['a symbol', () => Symbol('s')],
  ['a function', () => () => 1],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Infinity],
  ['-0', () => -0],
  ['-1', () => -1],
  ['0.5', () => 0.5],
  ['1e308', () => 1e308],
  ['1e-320', () => 1e-320],
  ['2^53', () => 2 ** 53],
  ['2^53 - 1', () => 2 ** 53 - 1],
  ['2^32', () => 2 ** 32],
  ['a bigint', () => 7n],
  ['a huge bigint', () => 2n ** 70n],
  ["''", () => ''],
  ["'7'", () => '7'],
  ["'__proto__'", () => '__proto__'],
  ["'constructor'", () => 'constructor'],
  ['a long string', () => 'x'.repeat(10_000)],
  ['{}', () => ({})],
  ['an object without prototype', () => Object.create(null)],
  ['[]', () => []],
  ['[1, 2]', () => [1, 2]],
  ['a Date', () => new Date(0)],
  ['an ArrayBuffer', () => new ArrayBuffer(8)],
  ['a DataView', () => new DataView(new ArrayBuffer(8))],
  ['an Int8Array', () => new Int8Array(5000)],
  ['a Uint8Array', () => new Uint8Array(5000)],
  ['an empty Uint8Array', () => new Uint8Array(0)],
  ['a Uint16Array', () => new Uint16Array(100)],
  ['a Uint32Array', () => new Uint32Array(2048)],
  ['a BigInt64Array', () => new BigInt64Array(10)],
  ['a Float32Array', () => new Float32Array(5000)],
  ['an empty Float32Array', () => new Float32Array(0)],
  ['a Float64Array', () => new Float64Array(300)],
  ['a detached Float32Array', detached],
  ['a Float32Array beyond its shrunk buffer', shrunk],
  ['a Proxy of a Float32Array', () => new Proxy(new Float32Array(300), {})],
  ['a Proxy of {}', () => new Proxy({}, {})],
  ['a frozen object', () => Object.freeze({ kind: 'element', n: 3 })],
  ['an aborted signal', () => AbortSignal.abort()],
]

const { e4m3fn, e2m1fn } = api.formats
const n = 300
const X = gradients(n, 4)
const seed = 3
const packs = (k: api.GradientQuantizationKernel) => ({
  element: k.encode(X, e2m1fn),
  mx: k.encodeBlocks(X, 'mxfp4', { rowLength: 100 }),
  nvfp4: k.encodeBlocks(X, 'nvfp4', { rowLength: 100 }),
  luq: k.luqEncode(X, { seed, samples: 2 }),
  prune: k.pruneEncode(X, 1, { seed }),
})

const coding = () => ({
  scale: 2,
  headroom: 3,
  rounding: 'sr',
  overflow: 'saturate',
  nan: 'canonical',
  inputDtype: undefined,
  seed,
  stream: 1,
  offset: 5,
})
const encoding = () => ({ ...coding(), packing: 'bytes', count: true, out: new Uint8Array(n).fill(9) })
const job = () => ({ signal: undefined, onProgress: undefined })

type K = api.GradientQuantizationKernel
// biome-ignore lint/suspicious/noExplicitAny: wrong types are the point
type Any = any
const methods: Case[] = [
  { name: 'stats', args: () => [X.slice(), { inputDtype: undefined }], call: (k, a: Any) => k.stats(...(a as [Any])) },
  {
    name: 'logHistogram',
    args: () => [X.slice(), new Uint32Array(2048).fill(9), { inputDtype: undefined }],
    call: (k, a: Any) => k.logHistogram(...(a as [Any])),
  },
  {
    name: 'encode',
    args: () => [X.slice(), e4m3fn, encoding()],
    call: (k, a: Any) => k.encode(...(a as [Any, Any])),
  },
  {
    name: 'encode measured',
    args: () => [Float64Array.from(X), e4m3fn, { ...encoding(), scale: 'lognormal' }],
    call: (k, a: Any) => k.encode(...(a as [Any, Any])),
  },
  {
    name: 'fakeQuantize',
    args: () => [X.slice(), e4m3fn, { ...coding(), out: new Float32Array(n).fill(9) }],
    call: (k, a: Any) => k.fakeQuantize(...(a as [Any, Any])),
  },
  {
    name: 'encodeBlocks',
    args: () => [
      X.slice(),
      'mxfp8e4m3',
      {
        rowLength: 100,
        scaleMode: 'even',
        rounding: 'sr',
        seed,
        stream: 1,
        offset: 2,
        tail: 'pad',
        nonFinite: 'throw',
        inputDtype: undefined,
        out: { data: new Uint8Array(384).fill(9), scales: new Uint8Array(12).fill(9) },
      },
    ],
    call: (k, a: Any) => k.encodeBlocks(...(a as [Any, Any])),
  },
  {
    name: 'luqEncode',
    args: () => [
      X.slice(),
      {
        seed,
        stream: 1,
        offset: 2,
        levels: 8,
        alpha: 0.5,
        powerOfTwoAlpha: true,
        samples: 2,
        inputDtype: undefined,
        out: new Uint8Array(2 * n).fill(9),
      },
    ],
    call: (k, a: Any) => k.luqEncode(...(a as [Any, Any])),
  },
  {
    name: 'prune',
    args: () => [X.slice(), 1, { seed, stream: 1, offset: 2, inputDtype: undefined, out: new Float32Array(n).fill(9) }],
    call: (k, a: Any) => k.prune(...(a as [Any, Any, Any])),
  },
  {
    name: 'pruneEncode',
    args: () => [
      X.slice(),
      1,
      {
        seed,
        stream: 1,
        offset: 2,
        inputDtype: undefined,
        out: { classes: new Uint8Array(n).fill(9), values: new Float32Array(n).fill(9) },
      },
    ],
    call: (k, a: Any) => k.pruneEncode(...(a as [Any, Any, Any])),
  },
]

const decoders = (k: K): Case[] =>
  Object.entries(packs(k)).map(([kind, p]) => ({
    name: `decode ${kind}`,
    args: () => [{ ...p }, { out: new Float32Array(n).fill(9), accumulate: true, weight: 0.5 }],
    call: (kernel, a: Any) => kernel.decode(...(a as [Any])),
  }))

const reducer = (k: K): Case => ({
  name: 'reduceAverage',
  args: () => [[{ ...k.encode(X, e2m1fn) }, { ...k.encode(X, e4m3fn) }], e4m3fn, encoding()],
  call: (kernel, a: Any) => kernel.reduceAverage(...(a as [Any, Any])),
})

const pure: Case[] = [
  { name: 'ieee', args: () => [4, 1, { compat: 'reference' }], call: (_, a: Any) => api.ieee(...(a as [Any, Any])) },
  { name: 'finite', args: () => [4, 1, 7], call: (_, a: Any) => api.finite(...(a as [Any, Any])) },
  {
    name: 'defineFormat',
    args: () => [{ expBits: 4, manBits: 1, bias: 7, special: 'ieee', compat: 'reference' }],
    call: (_, a: Any) => api.defineFormat(...(a as [Any])),
  },
  {
    name: 'asFormat',
    args: () => [structuredClone({ ...e4m3fn, decodeTable: 0 })],
    call: (_, a: Any) => api.asFormat(...(a as [Any])),
  },
  {
    name: 'bestFormat',
    args: () => [3, 6, { policy: 'exact', family: 'finite', metric: 'rel', headroom: 3 }],
    call: (_, a: Any) => api.bestFormat(...(a as [Any, Any])).shiftLog2,
  },
  { name: 'bestShift', args: () => [e4m3fn, 3, 'rel'], call: (_, a: Any) => api.bestShift(...(a as [Any, Any])) },
  {
    name: 'closedFormError',
    args: () => [4, 3, 2],
    call: (_, a: Any) => api.closedFormError(...(a as [Any, Any, Any])),
  },
  {
    name: 'expectedError',
    args: () => [e4m3fn, -3, 2, 'cosine'],
    call: (_, a: Any) => api.expectedError(...(a as [Any, Any, Any])),
  },
  {
    name: 'pruneThreshold',
    args: () => [{ muLog2: -3, sigmaLog2: 2, sparsity: 0.9, zeroFraction: 0.5, cosine: 0.9, k: 3 }],
    call: (_, a: Any) => api.pruneThreshold(...(a as [Any])),
  },
  {
    name: 'allocateSparsity',
    args: () => [
      [{ muLog2: -3, sigmaLog2: 2, n: 100, zeroFraction: 0.5, cosineTarget: 0.9, k: 3 }],
      0.8,
      { maxSparsity: 0.9 },
    ],
    call: (_, a: Any) => api.allocateSparsity(...(a as [Any, Any])),
  },
  { name: 'shapeOf', args: () => [new Uint32Array(2048).fill(3)], call: (_, a: Any) => api.shapeOf(...(a as [Any])) },
  { name: 'amaxScale', args: () => [3, e4m3fn], call: (_, a: Any) => api.amaxScale(...(a as [Any, Any])) },
  { name: 'lognormalScale', args: () => [5n, 3, 3], call: (_, a: Any) => api.lognormalScale(...(a as [Any, Any])) },
  {
    name: 'mergeStats',
    args: () => [
      { n: 2, count: 2, zeros: 0, nonFinite: 0, sumL: 5n, sumL2: 25n, amax: 3, aminNonzero: 1 },
      { n: 2, count: 2, zeros: 0, nonFinite: 0, sumL: 5n, sumL2: 25n, amax: 3, aminNonzero: 1 },
    ],
    call: (_, a: Any) => api.mergeStats(...(a as [Any])),
  },
  {
    name: 'DelayedAmax',
    args: () => [{ format: e4m3fn, history: 3, margin: 1 }, 5],
    call: (_, [options, seen]: Any) => {
      const amax = new api.DelayedAmax(options)
      amax.observe(seen)
      return amax.scale
    },
  },
  {
    name: 'HindsightMax',
    args: () => [{ eta: 0.5 }, { amax: 5 }, 7],
    call: (_, [options, seen, levels]: Any) => {
      const max = new api.HindsightMax(options)
      max.observe(seen)
      return max.alpha(levels)
    },
  },
  {
    name: 'LayerTracker',
    args: () => [
      {
        bits: 6,
        policy: 'exact',
        family: 'finite',
        headroom: 3,
        refreshEvery: 2,
        ema: 0.5,
        hysteresis: 0.1,
        schedule: undefined,
      },
      { n: 100, zeros: 10, muLog2: -3, sigmaLog2: 2, degenerate: false },
      0.9,
      { cosine: 0.9, k: 3 },
    ],
    call: (_, [options, stats, sparsity, rest]: Any) => {
      const tracker = new api.LayerTracker(options)
      tracker.observe(stats)
      tracker.advance()
      return tracker.alpha(sparsity, rest)
    },
  },
  { name: 'schedules.pruning', args: () => [8], call: (_, a: Any) => api.schedules.pruning(...(a as [Any])) },
  { name: 'schedules.quantization', args: () => [8], call: (_, a: Any) => api.schedules.quantization(...(a as [Any])) },
  { name: 'fromBytes', args: () => [new Uint8Array(70)], call: (_, a: Any) => api.fromBytes(...(a as [Any])) },
  {
    name: 'Float8View',
    args: () => [new Uint8Array(30), e4m3fn, new Float32Array(30)],
    call: (_, [data, format, out]: Any) => new api.Float8View(data, format).toFloat32Array(out),
  },
]

const writers = (k: K): Case[] =>
  Object.entries(packs(k)).map(([kind, p]) => ({
    name: `toBytes ${kind}`,
    args: () => [{ ...p }],
    call: (_, a: Any) => api.toBytes(...(a as [Any])),
  }))

/** The arguments with one argument, field, or field of a field replaced; and where that was. */
function* replacements(args: () => unknown[]): Generator<{ where: string; make: (value: unknown) => unknown[] }> {
  const isOptions = (value: unknown): value is Options =>
    typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !('decodeTable' in value)
  const paths: (string | number)[][] = []
  for (const [i, arg] of args().entries()) {
    paths.push([i])
    if (!isOptions(arg)) continue
    for (const [key, value] of Object.entries(arg)) {
      paths.push([i, key])
      if (isOptions(value)) for (const inner of Object.keys(value)) paths.push([i, key, inner])
    }
  }
  for (const path of paths) {
    yield {
      where: path.join('.'),
      make(value) {
        const made = args()
        let target = made as unknown as Options
        for (const key of path.slice(0, -1)) target = target[key] as Options
        target[path[path.length - 1]] = value
        return made
      },
    }
  }
}

/** Bytes of all arrays in some arguments. */
function contents(value: unknown, depth = 0): string {
  if (depth > 3) return ''
  if (ArrayBuffer.isView(value)) {
    if (Object.prototype.toString.call(value) === '[object Object]') return ''
    return value.byteLength === 0 ? '' : hex(value)
  }
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value)
    .map((inner) => contents(inner, depth + 1))
    .join('|')
}

function judge(error: unknown, what: string, before: string, args: unknown[]): string | undefined {
  const { code, message } = error as { code?: string; message?: string }
  if (typeof code !== 'string' || !code.startsWith('ERR_UKERNELS_') || code === 'ERR_UKERNELS_INTERNAL') {
    return `${what}: ${String(code)} ${String(message)}`
  }
  if (code !== 'ERR_UKERNELS_NON_FINITE' && contents(args) !== before) return `${what}: changed something: ${message}`
  if (!/\b(must|required|applies|needs|detached|given|no finite|more memory)\b/.test(message ?? ''))
    return `${what}: says '${message}'`
  return undefined
}

function misuse(k: K, { name, args, call }: Case): string[] {
  const wrong: string[] = []
  call(k, args() as never[])
  for (const { where, make } of replacements(args)) {
    for (const [label, value] of nasty) {
      const made = make(value())
      const before = contents(made)
      try {
        call(k, made as never[])
      } catch (error) {
        const complaint = judge(error, `${name} ${where} = ${label}`, before, made)
        if (complaint) wrong.push(complaint)
      }
    }
  }
  return wrong
}

describe.each(kinds)('misuse: $label', ({ open }) => {
  let k: K
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each(methods)('$name', (method) => expect(misuse(k, method)).toEqual([]))

  it('decode, reduceAverage', () => {
    for (const each of [...decoders(k), reducer(k)]) expect(misuse(k, each)).toEqual([])
  })

  it('error feedback', () => {
    const feedback = k.createErrorFeedback(n)
    feedback.step(X, e2m1fn)
    const wrong: string[] = []
    for (const { where, make } of replacements(() => [X.slice(), e4m3fn, encoding()])) {
      for (const [label, value] of nasty) {
        const made = make(value()) as [Any, Any, Any]
        const [before, state] = [contents(made), contents(feedback.residual)]
        try {
          feedback.step(...made)
        } catch (error) {
          const complaint = judge(error, `step ${where} = ${label}`, before, made)
          if (complaint) wrong.push(complaint)
          if (contents(feedback.residual) !== state) wrong.push(`step ${where} = ${label}: the residual changed`)
        }
      }
    }
    expect(wrong).toEqual([])
    feedback.dispose()
  })

  it('the promises: the same errors, as rejections', async () => {
    const wrong: string[] = []
    for (const { name, args } of [...methods, ...decoders(k), reducer(k)]) {
      const twin = `${name.split(' ')[0]}Async` as 'statsAsync'
      const withJob = () => {
        const made = args()
        Object.assign(made[made.length - 1] as object, job())
        return made
      }
      for (const { where, make } of replacements(withJob)) {
        for (const [label, value] of nasty) {
          if (label === 'an aborted signal') continue
          const made = make(value()) as [Any]
          const before = contents(made)
          let promise: Promise<unknown>
          try {
            promise = k[twin](...made)
          } catch (error) {
            wrong.push(`${name} ${where} = ${label}: threw ${error}`)
            continue
          }
          await promise.catch((error) => {
            const complaint = judge(error, `${twin} ${where} = ${label}`, before, made)
            if (complaint) wrong.push(complaint)
          })
        }
      }
    }
    expect(wrong).toEqual([])
  }, 60_000)
})

describe('misuse of what is plain TypeScript', () => {
  it.each(pure)('$name', (each) => {
    const first =
      each.name === 'fromBytes'
        ? { ...each, call: (k: K, a: never[]) => a.length && attempt(() => each.call(k, a)) }
        : each
    expect(misuse(undefined as never, first)).toEqual([])
  })

  it('toBytes', async () => {
    const k = await api.load({ backend: 'wasm' })
    for (const each of writers(k)) expect(misuse(k, each)).toEqual([])
  })
})

/** 70 zeros are no packed object: only another kind of error is one. */
function attempt(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_UKERNELS_CORRUPT') return undefined
    throw error
  }
}
