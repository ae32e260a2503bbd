// The built module called as the harness calls it, chunk by chunk, without the harness.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

type Bytes = Float32Array | Uint32Array | Uint8Array | Float64Array | Uint16Array
type Row = (...args: number[]) => number

/** Elements of a chunk in the table. */
export const CHUNK = 65536

const url = (path: string) => new URL(path, import.meta.url)
const module = new WebAssembly.Module(readFileSync(url('../build/gradient-quantization.wasm')))

/** A golden of `spec/`: what its fields are, `scripts/oracles/goldens.py` says. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes
export type Golden = { [field: string]: any }

export const golden = (topic: string): Record<string, Golden[]> =>
  JSON.parse(readFileSync(url(`../../../spec/gradient-quantization/${topic}.json`), 'utf8'))

export const sha256 = (data: Bytes) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')

export const words = (value: number | bigint): [number, number] => [
  Number(BigInt(value) & 0xffffffffn),
  Number(BigInt(value) >> 32n),
]

/** One instance with a bump allocator above its static data. */
export class Core {
  readonly rows: Record<string, Row>
  readonly memory: WebAssembly.Memory
  readonly #base: number
  #top: number

  constructor() {
    const { exports } = new WebAssembly.Instance(module, { env: { abort: () => undefined } })
    this.rows = exports as unknown as Record<string, Row>
    this.memory = exports.memory as WebAssembly.Memory
    this.#base = (exports.__heap_base as WebAssembly.Global).value
    this.#top = this.#base
    this.memory.grow(512)
  }

  reset(): void {
    this.#top = this.#base
  }
  take(bytes: number): number {
    const at = (this.#top + 63) & ~63
    this.#top = at + bytes
    if (this.#top > this.memory.buffer.byteLength) throw new Error('test data larger than the memory')
    return at
  }
  put(data: Bytes): number {
    const at = this.take(data.byteLength)
    this.bytes(at, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    return at
  }
  bytes(at: number, n: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, n)
  }
  f32(at: number, n: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, n)
  }
  u32(at: number, n: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, n)
  }
  f64(at: number, n: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, n)
  }
  i64(at: number, n: number): BigInt64Array {
    return new BigInt64Array(this.memory.buffer, at, n)
  }

  /** Runs `body` on each chunk of [0, total). */
  chunks(total: number, size: number, body: (begin: number, end: number) => void): void {
    for (let begin = 0; begin === 0 || begin < total; begin += size) body(begin, Math.min(total, begin + size))
  }

  /** The words of the sequence (seed, stream, tag) from `block` on. */
  philox(n: number, seed: number | bigint, block: number | bigint, stream: number, tag: number): Uint32Array {
    this.reset()
    const at = this.take(4 * n)
    this.rows.philox(...words(seed), ...words(block), stream, tag, at, n)
    return this.u32(at, n).slice()
  }

  /** Generator G of the goldens: near-lognormal values, a quarter zeros. */
  gradients(n: number, seed: number, shift: number): Float32Array {
    const mantissas = this.philox(n, seed, 0, 0, 0xf0)
    const shapes = this.philox(n, seed, 0, 0, 0xf1)
    const bits = shapes.map((v, i) => {
      let ones = 0
      for (let rest = v & 0xffff; rest !== 0; rest &= rest - 1) ones++
      const exponent = (119 + shift + ones) << 23
      return ((v >>> 16) & 3) === 0 ? 0 : (v & 0x80000000) | exponent | (mantissas[i] >>> 9)
    })
    return new Float32Array(bits.buffer)
  }

  /** A golden's input by name. */
  input(name: string, n?: number): Float32Array {
    const whole = name === 'Q' ? quickSet() : this.gradients(65536, 1, name === 'X5' ? -5 : 0)
    return n === undefined ? whole : whole.subarray(0, n)
  }
}

/** Every upper half of an f32's bits with six lower halves. */
function quickSet(): Float32Array {
  const low = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff]
  const bits = new Uint32Array(65536 * low.length)
  for (let i = 0; i < bits.length; i++) bits[i] = (Math.floor(i / 6) << 16) | low[i % 6]
  return new Float32Array(bits.buffer)
}

export interface FormatCase {
  expBits: number
  manBits: number
  bias: number
  special: string
  rounding: string
  overflow?: string
  nan?: string
}

export const bitsOf = ({ special, expBits, manBits }: FormatCase) => expBits + manBits + (special === 'e8m0' ? 0 : 1)

/** The `codec` argument. */
export function codecOf(c: FormatCase, count = 0): Uint32Array {
  return Uint32Array.of(
    bitsOf(c),
    c.expBits,
    c.manBits,
    c.bias,
    ['ieee', 'fn', 'fnuz', 'finite', 'e8m0'].indexOf(c.special),
    ['rne', 'sr', 'rtz', 'rna'].indexOf(c.rounding),
    ['saturate', 'saturate-finite', 'non-saturating'].indexOf(c.overflow ?? 'saturate'),
    ['throw', 'canonical', 'max'].indexOf(c.nan ?? 'canonical'),
    count,
    0,
  )
}

/** Values of a format whose codes are all numbers, or NaN at the all-ones magnitude (fn), times f32(1 / scale). */
export function lutOf(c: FormatCase, scale: number): Float32Array {
  const bits = bitsOf(c)
  const signBit = 1 << (bits - 1)
  return Float32Array.from({ length: 256 }, (_, code) => {
    const magnitude = code & (signBit - 1)
    if (c.special === 'fn' && magnitude === signBit - 1) return Number.NaN
    const exponent = magnitude >> c.manBits
    const fraction = (magnitude & ((1 << c.manBits) - 1)) / 2 ** c.manBits
    const value = exponent === 0 ? fraction * 2 ** (1 - c.bias) : (1 + fraction) * 2 ** (exponent - c.bias)
    return (code & signBit ? -value : value) * Math.fround(1 / scale)
  })
}
