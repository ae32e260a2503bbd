import { allocate, checkApart, checkArray, checkOut } from '@ukernels/runtime'
import { asFormat, type Format, sharedDecodeTable } from './formats.js'

const INDEX = /^(?:0|[1-9]\d*)$/

/** Makes `view[i]` work; nothing can be written, the target being frozen. */
const handler: ProxyHandler<Float8View> = {
  get: (view, key, receiver) =>
    typeof key === 'string' && INDEX.test(key) ? view.at(Number(key)) : Reflect.get(view, key, receiver),
  has: (view, key) => (typeof key === 'string' && INDEX.test(key) ? Number(key) < view.length : Reflect.has(view, key)),
}

/**
 * Codes of a narrow format, one per byte, seen as numbers: a read-only array-like without a copy, for looking into
 * quantized data. `view[i]`, `for … of`, spread, `Array.from` and `Array.prototype` methods work; `view.at(i)` is
 * faster than `view[i]`, and `toFloat32Array` and the kernel's `decode` are the ways to all of it. Exact class.
 *
 * A byte above 2^bits − 1 reads as the code in its low bits.
 */
export class Float8View implements ArrayLike<number>, Iterable<number> {
  readonly [index: number]: number
  /** Number of elements. */
  readonly length: number
  readonly format: Format
  /** The codes that are looked at: live, not a copy. */
  readonly codes: Uint8Array

  /**
   * @param data one code per byte: `packing: 'bytes'`, or any packing of an 8-bit format
   * @throws TypeError `ERR_UKERNELS_TYPE`
   */
  constructor(data: Uint8Array, format: Format) {
    checkArray('data', data, 'Uint8Array')
    this.length = data.length
    this.format = asFormat(format)
    this.codes = data
    Object.freeze(this)
    // biome-ignore lint/correctness/noConstructorReturn: an array-like that isn't a typed array needs a Proxy.
    return new Proxy(this, handler)
  }

  /** Value of element `index`, negative ones counted from the end; undefined beyond the ends. */
  at(index: number): number | undefined {
    const code = this.codes.at(index)
    if (code === undefined) return undefined
    const table = sharedDecodeTable(this.format)
    return table[code & (table.length - 1)]
  }

  /** A view on the elements from `begin` to `end` (exclusive), as for typed arrays. */
  subarray(begin?: number, end?: number): Float8View {
    return new Float8View(this.codes.subarray(begin, end), this.format)
  }

  /** The values as f32, in `out` where it is given. @throws RangeError `ERR_UKERNELS_LENGTH`, `ERR_UKERNELS_OVERLAP` */
  toFloat32Array(out: Float32Array = allocate(Float32Array, this.length)): Float32Array {
    const { codes, length } = this
    checkOut('out', out, 'Float32Array', length)
    checkApart('out', out, 'data', codes)
    const table = sharedDecodeTable(this.format)
    const mask = table.length - 1
    for (let i = 0; i < length; i++) out[i] = table[codes[i] & mask]
    return out
  }

  *[Symbol.iterator](): Iterator<number> {
    const { codes, length } = this
    const table = sharedDecodeTable(this.format)
    for (let i = 0; i < length; i++) yield table[codes[i] & (table.length - 1)]
  }
}
