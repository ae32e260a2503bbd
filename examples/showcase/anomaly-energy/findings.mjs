/** What one backend found: a row of the table each, with what it takes to compare it with the other's. */
import { createHash } from 'node:crypto'

/**
 * @typedef {object} Finding
 * @property {string} task
 * @property {string} result
 * @property {number} ms
 * @property {string} bits SHA-256 of all that was computed
 * @property {number} [tolerance] of a row that isn't exact: largest difference, as a share of the largest magnitude
 * @property {Float32Array[]} [values] of such a row
 */

/** @typedef {{ ms: number, values: (Float32Array | Float64Array)[] }} Measured */

const ENOUGH_MS = 120
const MOST_RUNS = 15

/**
 * The result of a piece of work and its time: the median of some runs.
 *
 * @template T
 * @param {() => T | Promise<T>} work
 * @param {number} [most] runs
 * @returns {Promise<{ ms: number, value: T }>}
 */
export async function timed(work, most = MOST_RUNS) {
  const times = []
  const began = performance.now()
  for (;;) {
    const from = performance.now()
    const value = await work()
    times.push(performance.now() - from)
    if (times.length >= most || performance.now() - began > ENOUGH_MS)
      return { ms: times.sort((a, b) => a - b)[times.length >> 1], value }
  }
}

/** @param {(Float32Array | Float64Array | Uint8Array)[]} values */
export function bitsOf(values) {
  const hash = createHash('sha256')
  for (const value of values) hash.update(value)
  return hash.digest('hex')
}

/**
 * Largest difference as a share of the largest magnitude, over arrays that belong together.
 *
 * @param {Float32Array[]} a
 * @param {Float32Array[]} b
 */
export const difference = (a, b) =>
  Math.max(
    ...a.map((values, j) => {
      let [apart, largest] = [0, 0]
      values.forEach((value, i) => {
        apart = Math.max(apart, Math.abs(value - b[j][i]))
        largest = Math.max(largest, Math.abs(value))
      })
      return apart === 0 ? 0 : apart / largest
    }),
  )

/**
 * Whether backends agree about a row, and how it is said.
 *
 * @param {Finding[]} found by backend
 * @returns {{ ok: boolean, text: string }}
 */
export function agreement([first, second]) {
  if (second === undefined) return { ok: true, text: '' }
  if (first.bits === second.bits) return { ok: true, text: 'same bits' }
  if (first.tolerance === undefined) return { ok: false, text: 'DIFFERENT' }
  const apart = difference(first.values, second.values)
  const ok = apart <= first.tolerance
  return {
    ok,
    text: `${apart.toExponential(0)} apart, ${ok ? 'within' : 'BEYOND'} ${first.tolerance.toExponential(0)}`,
  }
}

/** @param {number} value a share, as the tables of the field print it: .921 */
export const share = (value, digits = 3) => value.toFixed(digits).replace(/^0/, '')
