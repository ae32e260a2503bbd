/** Connected regions of masks. */
import { allocate, checkArrayOf, checkOptions, checkOut, integer, lengthError, rangeError } from '@ukernels/runtime'
import { checkSize } from './options.js'
import { type Steps, step } from './steps.js'

/** Labels of one mask and the number of its regions. */
export interface Regions {
  labels: Int32Array
  count: number
}

/** Labels of n masks, each from 1, and the regions of each. */
export function* label(
  masks: Uint8Array,
  n: number,
  h: number,
  w: number,
  connectivity: number,
  labels: Int32Array,
): Steps<Uint32Array> {
  const counts = new Uint32Array(n)
  yield step('components', 'regions', n, [masks, n, h, w, connectivity, labels, counts])
  return counts
}

/** The bytes of a mask, from either kind of byte array. */
export const bytesOf = (mask: Uint8Array): Uint8Array => new Uint8Array(mask.buffer, mask.byteOffset, mask.length)

/** `Metrics.components`. */
export function* components(
  mask: Uint8Array,
  h: number,
  w: number,
  options: { connectivity?: 4 | 8; out?: Int32Array },
): Steps<Regions> {
  checkOptions(options)
  checkArrayOf('mask', mask, ['Uint8Array', 'Uint8ClampedArray'])
  const size = checkSize('h', h) * checkSize('w', w)
  if (mask.length !== size) throw lengthError(`mask must have ${h} · ${w} = ${size} elements, got ${mask.length}`)
  const connectivity = integer('connectivity', options.connectivity, 4, 8, 8)
  if (connectivity !== 4 && connectivity !== 8) throw rangeError(`connectivity must be 4 or 8, got ${connectivity}`)
  if (options.out !== undefined) checkOut('out', options.out, 'Int32Array', size)
  const labels = (options.out ?? allocate(Int32Array, size)).subarray(0, size)
  const [count] = yield* label(bytesOf(mask), 1, h, w, connectivity, labels)
  return { labels, count }
}
