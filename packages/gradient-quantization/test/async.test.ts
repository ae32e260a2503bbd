import {
  type AnyPacked,
  formats,
  type GradientQuantizationKernel,
  type Input,
  type Packed,
} from '@ukernels/gradient-quantization'
import { KernelError, NonFiniteError, type Progress } from '@ukernels/runtime'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, kinds } from './backends.js'
import { expectRejection, sha256 } from './support.js'

const { e4m3fn, e2m1fn } = formats
const n = 300_000
const X = gradients(n, 1)
const seed = 9

/** Everything that a result holds, as comparable text. */
function digest(result: unknown): unknown {
  if (ArrayBuffer.isView(result)) return sha256(result)
  if (typeof result !== 'object' || result === null) return String(result)
  return Object.entries(result).map(([key, value]) => [key, digest(value)])
}

interface Twin {
  name: string
  sync(k: GradientQuantizationKernel, x: Input): unknown
  async(k: GradientQuantizationKernel, x: Input, job?: object): Promise<unknown>
}
const part = (k: GradientQuantizationKernel, x: Input): Packed => k.encode(x, e4m3fn)
const planes = (k: GradientQuantizationKernel): AnyPacked => k.luqEncode(X, { seed, samples: 2 })

const twins: Twin[] = [
  { name: 'stats', sync: (k, x) => k.stats(x), async: (k, x, job) => k.statsAsync(x, job) },
  {
    name: 'logHistogram',
    sync: (k, x) => k.logHistogram(x),
    async: (k, x, job) => k.logHistogramAsync(x, undefined, job),
  },
  { name: 'encode', sync: (k, x) => k.encode(x, e4m3fn), async: (k, x, job) => k.encodeAsync(x, e4m3fn, job) },
  {
    name: 'encode, measured and drawn',
    sync: (k, x) => k.encode(x, e2m1fn, { scale: 'lognormal', rounding: 'sr', seed, count: true }),
    async: (k, x, job) => k.encodeAsync(x, e2m1fn, { scale: 'lognormal', rounding: 'sr', seed, count: true, ...job }),
  },
  {
    name: 'fakeQuantize',
    sync: (k, x) => k.fakeQuantize(x, e4m3fn, { scale: 'amax' }),
    async: (k, x, job) => k.fakeQuantizeAsync(x, e4m3fn, { scale: 'amax', ...job }),
  },
  {
    name: 'encodeBlocks mx',
    sync: (k, x) => k.encodeBlocks(x, 'mxfp8e4m3', { rowLength: 300 }),
    async: (k, x, job) => k.encodeBlocksAsync(x, 'mxfp8e4m3', { rowLength: 300, ...job }),
  },
  {
    name: 'encodeBlocks nvfp4',
    sync: (k, x) => k.encodeBlocks(x, 'nvfp4'),
    async: (k, x, job) => k.encodeBlocksAsync(x, 'nvfp4', job),
  },
  {
    name: 'luqEncode',
    sync: (k, x) => k.luqEncode(x, { seed, samples: 2 }),
    async: (k, x, job) => k.luqEncodeAsync(x, { seed, samples: 2, ...job }),
  },
  {
    name: 'prune',
    sync: (k, x) => k.prune(x, 2, { seed }),
    async: (k, x, job) => k.pruneAsync(x, 2, { seed, ...job }),
  },
  {
    name: 'pruneEncode',
    sync: (k, x) => k.pruneEncode(x, 2, { seed }),
    async: (k, x, job) => k.pruneEncodeAsync(x, 2, { seed, ...job }),
  },
  {
    name: 'reduceAverage',
    sync: (k, x) => k.reduceAverage([part(k, x), part(k, x)], e4m3fn),
    async: (k, x, job) => k.reduceAverageAsync([part(k, x), part(k, x)], e4m3fn, job),
  },
  { name: 'decode', sync: (k, x) => k.decode(part(k, x)), async: (k, x, job) => k.decodeAsync(part(k, x), job) },
  { name: 'decode luq', sync: (k) => k.decode(planes(k)), async: (k, _, job) => k.decodeAsync(planes(k), job) },
  {
    name: 'decode blocks',
    sync: (k, x) => k.decode(k.encodeBlocks(x, 'nvfp4')),
    async: (k, x, job) => k.decodeAsync(k.encodeBlocks(x, 'nvfp4'), job),
  },
  {
    name: 'decode pruned',
    sync: (k, x) => k.decode(k.pruneEncode(x, 2, { seed })),
    async: (k, x, job) => k.decodeAsync(k.pruneEncode(x, 2, { seed }), job),
  },
]
const ofInput = twins.filter(({ name }) => !name.startsWith('decode') && name !== 'reduceAverage')

describe.each(backends)('jobs: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each(twins)('$name gives what its twin gives, many at a time', async ({ sync, async }) => {
    const expected = digest(sync(k, X))
    const results = await Promise.all([async(k, X), async(k, X.slice()), async(k, X)])
    for (const result of results) expect(digest(result)).toEqual(expected)
  })

  it.each(ofInput)('$name owns its input: the caller may change, transfer or drop it', async ({ sync, async }) => {
    for (const make of [() => X.slice(), () => Float64Array.from(X)]) {
      const expected = digest(sync(k, make()))
      const transferred = make()
      const promise = async(k, transferred)
      structuredClone(transferred.buffer, { transfer: [transferred.buffer as ArrayBuffer] })
      expect(transferred.length).toBe(0)
      const overwritten = make()
      const other = async(k, overwritten)
      overwritten.fill(Number.NaN)
      expect(digest(await promise)).toEqual(expected)
      expect(digest(await other)).toEqual(expected)
    }
  })
})

describe.each(kinds)('jobs: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each(twins)('$name rejects with the reason when aborted before or during', async ({ async }) => {
    const reason = new Error('enough')
    await expect(async(k, X, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const promise = async(k, X, { signal: controller.signal })
    controller.abort(reason)
    // Not `rejects`, which would print a whole tensor.
    const [settled] = await Promise.allSettled([promise])
    expect(settled.status === 'rejected' && settled.reason).toBe(reason)
  })

  it('is aborted mid-way, and out is as it was', async () => {
    const big = gradients(4_000_000, 2)
    const planes = k.luqEncode(big.subarray(0, 1_000_000), { seed, samples: 16 })
    const out = new Float32Array(big.length)
    for (const start of [
      (signal: AbortSignal) => k.pruneAsync(big, 2, { seed, signal, out }),
      (signal: AbortSignal) => k.fakeQuantizeAsync(big, e4m3fn, { rounding: 'sr', seed, signal, out }),
      (signal: AbortSignal) => k.decodeAsync(planes, { signal, out }),
    ]) {
      out.fill(7)
      const controller = new AbortController()
      setTimeout(() => controller.abort())
      await expect(start(controller.signal)).rejects.toHaveProperty('name', 'AbortError')
      expect(out.every((v) => v === 7)).toBe(true)
    }
  })

  it('writes nothing when it is aborted after its last chunk', async () => {
    const x = X.subarray(0, 1000)
    const [codes, values] = [new Uint8Array(1000), new Float32Array(1000)]
    for (const start of [
      (signal: AbortSignal) => k.encodeAsync(x, e4m3fn, { out: codes, signal }),
      (signal: AbortSignal) => k.pruneAsync(x, 2, { seed, out: values, signal }),
      (signal: AbortSignal) => k.luqEncodeAsync(x, { seed, out: codes, signal }),
    ]) {
      codes.fill(7)
      values.fill(7)
      const controller = new AbortController()
      const promise = start(controller.signal)
      // Long enough for a thread to be done, with no turn for its result.
      for (const end = performance.now() + 5; performance.now() < end; );
      controller.abort()
      await expect(promise).rejects.toHaveProperty('name', 'AbortError')
      expect(codes.every((v) => v === 7) && values.every((v) => v === 7)).toBe(true)
    }
  })

  it('refuses a signal that is none and an onProgress that is no function', async () => {
    const wrong = (job: object) => k.statsAsync(X, job)
    await expectRejection(wrong({ signal: {} }), TypeError, 'TYPE', 'signal must be an AbortSignal')
    await expectRejection(wrong({ signal: null }), TypeError, 'TYPE', 'signal', 'null')
    await expectRejection(wrong({ onProgress: 5 }), TypeError, 'TYPE', 'onProgress must be a function, got 5')
  })

  it('reports progress by phase, at most ten times a second, up to the total', async () => {
    const seen: Progress[] = []
    const big = gradients(3_000_000, 2)
    await k.encodeAsync(big, e4m3fn, { scale: 'lognormal', onProgress: (p) => seen.push({ ...p }) })
    const phases = [...new Set(seen.map((p) => p.phase))]
    expect(phases).toEqual(['statistics', 'encode'])
    for (const phase of phases) {
      const reports = seen.filter((p) => p.phase === phase)
      expect(reports[reports.length - 1]).toEqual({ phase, done: big.length, total: big.length })
      for (let i = 1; i < reports.length; i++) expect(reports[i].done).toBeGreaterThanOrEqual(reports[i - 1].done)
    }
  })

  it('lets the event loop go on', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await k.pruneAsync(gradients(4_000_000, 3), 2, { seed })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
  })

  it('rejects for wrong arguments and bad data, and does not throw', async () => {
    await expectRejection(k.encodeAsync(X, e4m3fn, { rounding: 'sr' }), TypeError, 'TYPE', 'seed')
    await expectRejection(k.statsAsync([] as unknown as Input), TypeError, 'TYPE')
    await expectRejection(k.encodeAsync(X, e4m3fn, { out: new Uint8Array(3) }), RangeError, 'LENGTH')
    const y = X.slice()
    await expectRejection(k.encodeAsync(y, e4m3fn, { out: new Uint8Array(y.buffer, 0, n) }), RangeError, 'OVERLAP')
    await expectRejection(
      k.encodeAsync(y, e4m3fn, { scale: 'amax', out: new Uint8Array(y.buffer, 0, n) }),
      RangeError,
      'OVERLAP',
    )
    y[70_000] = Number.NaN
    await expectRejection(k.encodeAsync(y, e4m3fn), NonFiniteError, 'NON_FINITE', '[70000]')
    const before = sha256(y)
    await expectRejection(k.pruneAsync(y, 1, { seed, out: y }), NonFiniteError, 'NON_FINITE')
    expect(sha256(y)).toBe(before)
  })

  it('writes to out on completion, in place too', async () => {
    const out = new Uint8Array(n + 5).fill(0xaa)
    const promise = k.encodeAsync(X, e4m3fn, { out })
    expect(out[0]).toBe(0xaa)
    const { data } = await promise
    expect([data.buffer === out.buffer, data.length, out[n]]).toEqual([true, n, 0xaa])
    expect(sha256(data)).toBe(sha256(k.encode(X, e4m3fn).data))
    const y = X.slice()
    expect(await k.fakeQuantizeAsync(y, e4m3fn, { scale: 'lognormal', out: y })).toBe(y)
    expect(sha256(y)).toBe(sha256(k.fakeQuantize(X, e4m3fn, { scale: 'lognormal' })))
    const z = X.slice()
    expect((await k.pruneAsync(z, 2, { seed, out: z })).data).toBe(z)
    const hist = new Uint32Array(2048).fill(3)
    const counted = k.logHistogramAsync(X, hist)
    expect(hist[0]).toBe(3)
    expect(await counted).toBe(hist)
    expect(sha256(hist)).toBe(sha256(k.logHistogram(X)))
    const sum = X.slice()
    await k.decodeAsync(k.luqEncode(X, { seed, samples: 3 }), { out: sum, accumulate: true, weight: 0.5 })
    const expected = X.slice()
    k.decode(k.luqEncode(X, { seed, samples: 3 }), { out: expected, accumulate: true, weight: 0.5 })
    expect(sha256(sum)).toBe(sha256(expected))
  })

  it('says when out was transferred meanwhile', async () => {
    const out = new Uint8Array(n)
    const promise = k.encodeAsync(X, e4m3fn, { out })
    structuredClone(out.buffer, { transfer: [out.buffer as ArrayBuffer] })
    await expectRejection(promise, TypeError, 'TYPE', 'out')
  })

  it('writes nothing when the kernel is disposed after the last chunk', async () => {
    const other = await open()
    const codes = new Uint8Array(1000).fill(7)
    const pending = other.encodeAsync(X.subarray(0, 1000), e4m3fn, { out: codes })
    for (const end = performance.now() + 5; performance.now() < end; );
    other.dispose()
    await expectRejection(pending, KernelError, 'DISPOSED')
    expect(codes.every((v) => v === 7)).toBe(true)
    k = await open()
  })

  it('rejects what is pending when the kernel is disposed', async () => {
    const other = await open()
    const big = gradients(3_000_000, 4)
    const pending = [
      other.encodeAsync(big, e4m3fn, { scale: 'lognormal' }),
      other.pruneAsync(big, 2, { seed }),
      other.luqEncodeAsync(big, { seed, samples: 3 }),
    ]
    const settled = Promise.allSettled(pending)
    other.dispose()
    const codes = (await settled).map((r) => (r.status === 'rejected' ? (r.reason as KernelError).code : r.value))
    expect(codes).toEqual(pending.map(() => 'ERR_UKERNELS_DISPOSED'))
    await expectRejection(other.statsAsync(X), KernelError, 'DISPOSED')
  })
})
