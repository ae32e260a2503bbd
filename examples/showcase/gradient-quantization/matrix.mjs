/**
 * The one matrix product of the training: exact, so that a run gives the same bits on every JavaScript engine.
 *
 * Every sum runs over k in ascending order in f64 and is rounded to f32 once. Zeros of the left matrix are skipped,
 * because pixels, ReLU outputs and above all quantized gradients are mostly zeros: a pruned gradient makes the
 * product faster in proportion.
 */

/** Columns that are summed at once: what fits into the registers of a CPU beside the operands. */
const LANES = 8

/** Non-zeros of the left matrix by rows, with the place of their partners in the strip. */
let values = new Float64Array(0)
let places = new Uint16Array(0)
let rowEnds = new Int32Array(0)

/**
 * LANES columns of the right matrix. A constant as long as every index that 16 bits can hold: V8 then leaves out the
 * bounds checks, half of the work of the inner loop.
 */
const strip = new Float64Array(2 ** 16 + LANES)
const MAX_INNER = 2 ** 16 / LANES

/**
 * A matrix in a flat array: element (i, j) is data[i·rowStride + j·columnStride].
 * @typedef {{ data: Float32Array, rowStride: number, columnStride: number }} Matrix
 */

/** @param {Float32Array} data @param {number} columns @returns {Matrix} */
export const rowMajor = (data, columns) => ({ data, rowStride: columns, columnStride: 1 })

/** @param {Matrix} matrix @returns {Matrix} */
export const transposed = ({ data, rowStride, columnStride }) => ({
  data,
  rowStride: columnStride,
  columnStride: rowStride,
})

/**
 * out = a · b
 *
 * @param {Float32Array} out rows × columns, row-major
 * @param {number} rows
 * @param {number} columns
 * @param {number} inner at most 8192
 * @param {Matrix} a rows × inner
 * @param {Matrix} b inner × columns
 */
export function multiply(out, rows, columns, inner, a, b) {
  reserve(rows, inner)
  compress(rows, inner, a)
  for (let j = 0; j < columns; j += LANES) {
    const width = Math.min(LANES, columns - j)
    copyStrip(inner, b, j, width)
    multiplyStrip(out, rows, columns, j, width)
  }
}

/** @param {number} rows @param {number} inner */
function reserve(rows, inner) {
  if (inner > MAX_INNER) throw new RangeError(`inner must be at most ${MAX_INNER}, got ${inner}`)
  if (values.length < rows * inner) {
    values = new Float64Array(rows * inner)
    places = new Uint16Array(rows * inner)
  }
  if (rowEnds.length < rows) rowEnds = new Int32Array(rows)
}

/** @param {number} rows @param {number} inner @param {Matrix} a */
function compress(rows, inner, { data, rowStride, columnStride }) {
  const v = values
  const at = places
  let used = 0
  for (let i = 0; i < rows; i++) {
    for (let k = 0, from = i * rowStride; k < inner; k++, from += columnStride) {
      const value = data[from]
      if (value !== 0) {
        at[used] = k * LANES
        v[used++] = value
      }
    }
    rowEnds[i] = used
  }
}

/**
 * Columns j to j + width of b as inner × LANES numbers; lanes beyond width keep what they had and are not read out.
 *
 * @param {number} inner
 * @param {Matrix} b
 * @param {number} j
 * @param {number} width
 */
function copyStrip(inner, { data, rowStride, columnStride }, j, width) {
  for (let k = 0; k < inner; k++) {
    const from = k * rowStride + j * columnStride
    for (let lane = 0; lane < width; lane++) strip[k * LANES + lane] = data[from + lane * columnStride]
  }
}

const sums = new Float64Array(LANES)

/** @param {Float32Array} out @param {number} rows @param {number} columns @param {number} j @param {number} width */
function multiplyStrip(out, rows, columns, j, width) {
  const v = values
  const at = places
  const s = strip
  for (let i = 0, e = 0; i < rows; i++) {
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    let s4 = 0
    let s5 = 0
    let s6 = 0
    let s7 = 0
    for (const end = rowEnds[i]; e < end; e++) {
      const x = v[e]
      const p = at[e]
      s0 += x * s[p]
      s1 += x * s[p + 1]
      s2 += x * s[p + 2]
      s3 += x * s[p + 3]
      s4 += x * s[p + 4]
      s5 += x * s[p + 5]
      s6 += x * s[p + 6]
      s7 += x * s[p + 7]
    }
    sums[0] = s0
    sums[1] = s1
    sums[2] = s2
    sums[3] = s3
    sums[4] = s4
    sums[5] = s5
    sums[6] = s6
    sums[7] = s7
    const to = i * columns + j
    for (let lane = 0; lane < width; lane++) out[to + lane] = sums[lane]
  }
}
