// The module proves itself against the goldens before any other layer exists: the rows are called as
// the harness would call them, in chunks of the table's size and in small ones.
import { describe, expect, it } from 'vitest'
import { bitsOf, CHUNK, Core, codecOf, type FormatCase, golden, lutOf, sha256, words } from './core.js'

const core = new Core()
const SMALL = 4096

describe('random', () => {
  const { blocks, words: sequences, generator } = golden('random')
  it('gives the words of the reference vectors', () => {
    for (const { counter, key, words: expected } of blocks) {
      const [c0, c1, stream, tag] = counter.map((hex: string) => Number.parseInt(hex, 16))
      const [k0, k1] = key.map((hex: string) => BigInt(`0x${hex}`))
      const block = (BigInt(c1) << 32n) | BigInt(c0)
      const found = core.philox(4, (k1 << 32n) | k0, block, stream, tag)
      expect([...found].map((w) => w.toString(16).padStart(8, '0'))).toEqual(expected)
    }
  })
  it('gives the words of any sequence', () => {
    for (const { seed, block, stream, tag, n, sha256: expected } of sequences)
      expect(sha256(core.philox(n, seed, block, stream, tag))).toBe(expected)
  })
  it('makes the golden inputs', () => {
    for (const { n, seed, shift, sha256: expected } of generator)
      expect(sha256(core.gradients(n, seed, shift))).toBe(expected)
  })
})

describe('stats', () => {
  interface Sums {
    slots: number[]
    sumL: bigint
    sumL2: bigint
  }
  function addStats(x: Float32Array, total: Sums): void {
    core.reset()
    const at = core.put(x)
    const report = core.take(56)
    core.chunks(x.length, CHUNK, (begin, end) => {
      core.f64(report, 7).set([0, 0, 0, 0, 0, 0, Number.POSITIVE_INFINITY])
      core.i64(report + 24, 2).fill(0n)
      expect(core.rows.stats(at + 4 * begin, end - begin, report, begin, end)).toBe(0)
      const f = core.f64(report, 7)
      const [count, zeros, nonFinite, amax, amin] = total.slots
      total.slots = [count + f[0], zeros + f[1], nonFinite + f[2], Math.max(amax, f[5]), Math.min(amin, f[6])]
      total.sumL += core.i64(report, 7)[3]
      total.sumL2 += core.i64(report, 7)[4]
    })
  }
  it.each(golden('stats').cases)('of $input', ({ input, count, zeros, nonFinite, sumL, sumL2, amaxBits, aminBits }) => {
    const total = { slots: [0, 0, 0, 0, Number.POSITIVE_INFINITY], sumL: 0n, sumL2: 0n }
    if (input.startsWith('all')) {
      const bits = new Uint32Array(2 ** 20)
      for (let first = 0x3f800000; first < 0x40000000; first += bits.length) {
        for (let i = 0; i < bits.length; i++) bits[i] = first + i
        addStats(new Float32Array(bits.buffer), total)
      }
    } else addStats(core.input(input), total)
    const bits = [Number.parseInt(amaxBits, 16), Number.parseInt(aminBits, 16)]
    expect(total.slots).toEqual([count, zeros, nonFinite, ...bits])
    expect([total.sumL, total.sumL2]).toEqual([BigInt(sumL), BigInt(sumL2)])
  })
  it.each(golden('histogram').cases)('histogram of $input', ({ input, sha256: expected }) => {
    core.reset()
    const x = core.input(input)
    core.reset()
    const at = core.put(x)
    const hist = core.put(new Uint32Array(2048))
    core.chunks(x.length, CHUNK, (begin, end) => {
      core.rows.logHistogram(at + 4 * begin, end - begin, hist, 2048, begin, end)
    })
    expect(sha256(core.u32(hist, 2048))).toBe(expected)
  })
})

interface EncodeCase extends FormatCase {
  input: string
  n: number
  scale: number
  packing: string
  seed?: number
  stream?: number
  offset?: number
  sha256: string
}

/** Codes of x, and the bytes behind them, which must stay as they were. */
function encode(x: Float32Array, c: EncodeCase, chunk: number, count: number): Uint8Array {
  core.reset()
  const at = core.put(x)
  const codec = core.put(codecOf(c, count))
  const report = core.take(24)
  const width = c.packing === 'bits' ? bitsOf(c) : 8
  const bytes = (n: number) => Math.floor((n * width + 7) / 8)
  const codes = core.take(bytes(x.length) + 16)
  core.bytes(codes, bytes(x.length) + 16).fill(0xa5)
  const random = [...words(c.seed ?? 0), c.stream ?? 0, ...words(c.offset ?? 0)]
  core.chunks(x.length, chunk, (begin, end) => {
    const to = codes + bytes(begin)
    const length = bytes(end) - bytes(begin)
    const slice = [at + 4 * begin, end - begin]
    core.rows.encode(...slice, codec, 10, width, c.scale, ...random, to, length, report, begin, end)
  })
  expect(core.bytes(codes + bytes(x.length), 16).every((byte) => byte === 0xa5)).toBe(true)
  return core.bytes(codes, bytes(x.length)).slice()
}

describe('encode', () => {
  const cases = golden('encode').cases as EncodeCase[]
  it.each([...new Set(cases.map((c) => c.input))])('gives the codes of %s', (input) => {
    for (const c of cases.filter((other) => other.input === input)) {
      const x = core.input(input, c.n)
      for (const [chunk, count] of [
        [CHUNK, 0],
        [CHUNK, 1],
        [SMALL, 0],
      ])
        expect({ ...c, chunk, count, sha256: sha256(encode(x, c, chunk, count)) }).toEqual({ ...c, chunk, count })
    }
  })
})

describe('blocks', () => {
  const elements: Record<string, [number, number, number, string]> = {
    mxfp8e4m3: [4, 3, 7, 'fn'],
    mxfp8e5m2: [5, 2, 15, 'ieee'],
    mxfp6e3m2: [3, 2, 3, 'finite'],
    mxfp6e2m3: [2, 3, 1, 'finite'],
    mxfp4: [2, 1, 1, 'finite'],
    nvfp4: [2, 1, 1, 'finite'],
  }
  it.each(golden('blocks').cases)('$format $scaleMode $rounding rows of $rowLength', (c) => {
    const x = core.input(c.input, c.n)
    const [expBits, manBits, bias, special] = elements[c.format]
    const format = { expBits, manBits, bias, special, rounding: c.rounding }
    const bits = bitsOf(format)
    const size = c.format === 'nvfp4' ? 16 : 32
    const perRow = Math.ceil(c.rowLength / size)
    const blocks = (x.length / c.rowLength) * perRow
    const before = (b: number) => Math.floor(b / perRow) * c.rowLength + Math.min((b % perRow) * size, c.rowLength)
    const tensorScale = new Float32Array(Uint32Array.of(Number.parseInt(c.tensorScaleBits ?? '0', 16)).buffer)[0]
    for (const chunk of [CHUNK / size, 100]) {
      core.reset()
      const at = core.put(x)
      const codec = core.put(codecOf(format))
      const data = core.take((blocks * size * bits) / 8)
      const scales = core.take(blocks)
      const report = core.take(8)
      const random = [...words(c.seed ?? 0), c.stream ?? 0, ...words(c.offset ?? 0)]
      core.chunks(blocks, chunk, (begin, end) => {
        const slice = [at + 4 * before(begin), before(end) - before(begin), codec, 10]
        const outputs = [
          data + (begin * size * bits) / 8,
          ((end - begin) * size * bits) / 8,
          scales + begin,
          end - begin,
        ]
        if (size === 16)
          core.rows.nvfp4Encode(
            ...slice,
            tensorScale,
            c.rowLength,
            blocks,
            ...random,
            0,
            ...outputs,
            report,
            begin,
            end,
          )
        else {
          const mode = ['rceil', 'floor', 'ceil', 'even'].indexOf(c.scaleMode)
          core.rows.mxEncode(...slice, mode, c.rowLength, blocks, ...random, 0, bits, ...outputs, report, begin, end)
        }
      })
      expect(sha256(core.bytes(data, (blocks * size * bits) / 8))).toBe(c.data)
      expect(sha256(core.bytes(scales, blocks))).toBe(c.scales)
    }
  })
})

describe('luq', () => {
  it.each(golden('luq').cases)('$input, $levels levels, seed $seed', (c) => {
    const x = core.input(c.input, c.n)
    const width = c.levels === 7 ? 4 : 8
    core.reset()
    const at = core.put(x)
    const codes = core.take(x.length)
    const report = core.take(16)
    const length = Math.floor((x.length * width + 7) / 8)
    c.planes.forEach((expected: string, sample: number) => {
      core.chunks(x.length, SMALL, (begin, end) => {
        const parameters = [at + 4 * begin, end - begin, c.alpha, c.levels, width]
        const random = [...words(c.seed), c.stream ?? 0, sample, ...words(c.offset ?? 0)]
        core.rows.luqEncode(...parameters, ...random, codes + (begin * width) / 8, 0, report, begin, end)
      })
      expect(sha256(core.bytes(codes, length))).toBe(expected)
    })
  })
})

describe('prune', () => {
  it.each(golden('prune').cases)('$input, alpha $alpha', (c) => {
    const x = core.input(c.input, c.n)
    const n = x.length
    core.reset()
    const at = core.put(x)
    const [pruned, classes, values, used, report] = [4 * n, n, 4 * n, 4, 24].map((bytes) => core.take(bytes))
    const counts = [0, 0, 0, 0]
    let survivors = 0
    core.chunks(n, SMALL, (begin, end) => {
      const random = [...words(c.seed), c.stream ?? 0, ...words(c.offset ?? 0)]
      const slice = [at + 4 * begin, end - begin, c.alpha, ...random]
      const tail = [report, begin, end]
      core.rows.prune(...slice, pruned + 4 * begin, end - begin, ...tail)
      core.f64(report, 2).forEach((count, i) => {
        counts[i] += count
      })
      core.rows.pruneEncode(...slice, classes + begin / 4, 0, values + 4 * survivors, end - begin, used, ...tail)
      core.f64(report, 2).forEach((count, i) => {
        counts[2 + i] += count
      })
      survivors += core.u32(used, 1)[0]
    })
    expect(counts).toEqual([c.zeros, c.clipped, c.zeros, c.clipped])
    expect(survivors).toBe(c.survivors)
    expect(sha256(core.f32(pruned, n))).toBe(c.data)
    expect(sha256(core.bytes(classes, (n + 3) >> 2))).toBe(c.classes)
    expect(sha256(core.f32(values, survivors))).toBe(c.values)

    const decode = [c.alpha, 0, 1, at, n, 0, n]
    expect(core.rows.pruneDecode(classes, (n + 3) >> 2, values, survivors, used, ...decode)).toBe(0)
    expect(sha256(core.f32(at, n))).toBe(c.data)
    if (survivors > 0)
      expect(core.rows.pruneDecode(classes, (n + 3) >> 2, values, survivors - 1, used, ...decode)).toBe(1)
  })
})

describe('feedback', () => {
  it.each(golden('feedback').cases)('$format $rounding', (c) => {
    const inputs = c.steps.map((step: { input: string }) => core.input(step.input))
    const n = inputs[0].length
    const format = c as unknown as FormatCase
    const width = bitsOf(format)
    core.reset()
    const state = core.take(4 * n + 64)
    core.bytes(state, 4 * n + 64).fill(0)
    core.rows.feedbackCreate(n, state)
    const [codec, lut] = [core.put(codecOf(format)), core.put(lutOf(format, c.scale))]
    const [codes, report, out] = [n, 24, 4 * n].map((bytes) => core.take(bytes))
    c.steps.forEach((step: { stream: number; codes: string; residual: string }, i: number) => {
      const g = core.put(inputs[i])
      core.chunks(n, SMALL, (begin, end) => {
        const coding = [codec, 10, width, c.scale, lut, 256, ...words(c.seed), step.stream, 0, 0]
        const tail = [codes + (begin * width) / 8, 0, report, begin, end]
        expect(core.rows.feedbackStep(state, g + 4 * begin, end - begin, ...coding, ...tail)).toBe(0)
      })
      core.rows.feedbackResidual(state, out, n)
      expect(sha256(core.bytes(codes, (n * width + 7) >> 3))).toBe(step.codes)
      expect(sha256(core.f32(out, n))).toBe(step.residual)
    })
    core.rows.feedbackReset(state)
    core.rows.feedbackResidual(state, out, n)
    expect(core.f32(out, n).every((e) => e === 0)).toBe(true)
  })
})
