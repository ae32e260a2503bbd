/** Batches of images, and rows of features: their shapes and checks. */
import {
  checkApart,
  checkArray,
  checkArrayOf,
  checkOptions,
  found,
  lengthError,
  outputFor,
  owned,
  type Real,
  rangeError,
  typeError,
} from '@ukernels/runtime'

/** Images, maps or feature maps: contiguous [n][c][h][w], f32. Pixels are in [0, 1] unless a function says otherwise. */
export interface Batch {
  readonly data: Float32Array
  readonly shape: readonly [n: number, c: number, h: number, w: number]
}

const AXES = ['n', 'c', 'h', 'w']

/** Checks a batch; its shape as four numbers. */
export function shapeOf(name: string, batch: Batch): [n: number, c: number, h: number, w: number] {
  checkOptions(batch, name)
  const { data, shape } = batch
  checkArray(`${name}.data`, data, 'Float32Array')
  if (!Array.isArray(shape) || shape.length !== 4)
    throw typeError(`${name}.shape must be an array of four numbers [n, c, h, w], got ${found(shape)}`)
  shape.forEach((size, i) => {
    const least = i === 0 ? 0 : 1
    if (!(Number.isInteger(size) && size >= least && size < 2 ** 32))
      throw rangeError(`${name}.shape[${i}] (${AXES[i]}) must be an integer from ${least}, got ${found(size)}`)
  })
  const [n, c, h, w] = shape
  const length = n * c * h * w
  if (data.length !== length)
    throw lengthError(`${name}.data must have ${n} · ${c} · ${h} · ${w} = ${length} elements, got ${data.length}`)
  return [n, c, h, w]
}

/** Masks as bytes 0 and 1 of maps of one channel: pixels of ½ and more, so that resized masks are masks again. */
export function masksOf(m: Batch): Uint8Array {
  const [, c] = shapeOf('m', m)
  if (c !== 1) throw lengthError(`m.shape must have one channel, got ${c}`)
  return Uint8Array.from(m.data, (v) => (v >= 0.5 ? 1 : 0))
}

/** Rows of d features: checks them, returns their number. */
export function rowsOf(name: string, x: Real, d: number): number {
  checkArrayOf(name, x, ['Float32Array', 'Float64Array'])
  if (x.length % d !== 0) throw lengthError(`${name} must have a multiple of ${d} elements, got ${x.length}`)
  return x.length / d
}

/** The caller's `out` for n elements, cut to them, or a new array. It may not overlap `apartFrom`. */
export function outFor(
  out: Float32Array | undefined,
  n: number,
  apartFrom?: ArrayBufferView,
  name = 'out',
): Float32Array {
  const array = outputFor('Float32Array', out, n, name)
  if (out !== undefined && apartFrom !== undefined) checkApart(name, out, 'the input', apartFrom)
  return array
}

/** A batch that a long call reads: see `owned`. */
export const ownedBatch = (batch: Batch): Batch =>
  typeof batch === 'object' && batch !== null ? { data: owned(batch.data), shape: batch.shape } : batch

/** Image i of a batch, as a view. */
export function imageOf(batch: Batch, i: number): Batch {
  const [, c, h, w] = batch.shape
  const size = c * h * w
  return { data: batch.data.subarray(i * size, (i + 1) * size), shape: [1, c, h, w] }
}

/** Elements of a working set that a call may take: larger batches go group by group. */
const GROUP = 2 ** 22

/** Numbers of images [begin, end) that are worked on together. */
export function* groupsOf(n: number, size: number): Generator<[begin: number, end: number]> {
  const count = Math.max(1, Math.floor(GROUP / Math.max(1, size)))
  for (let begin = 0; begin < n; begin += count) yield [begin, Math.min(n, begin + count)]
}
