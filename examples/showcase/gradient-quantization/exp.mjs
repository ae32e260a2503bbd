/** e^x for x ≤ 0 from + − × ÷ alone: `Math.exp` differs between engines, and a run must give the same bits on each. */

// ln 2 in two parts, the first with 33 bits, so that k · LN2_HIGH is exact.
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

const bits = new Int32Array(2)
const asDouble = new Float64Array(bits.buffer)

/**
 * 2^k, for the exponents of normal doubles.
 *
 * @param {number} k
 */
function pow2(k) {
  bits[0] = 0
  bits[1] = (k + 1023) << 20
  return asDouble[0]
}

/**
 * x = k ln2 + r with |r| ≤ ln2 / 2, e^x = 2^k e^r, e^r by its Taylor series to r^12 (error below 2^-53).
 *
 * @param {number} x at most 0; below −700 the result is 0
 */
export function exp(x) {
  if (x < -700) return 0
  const k = Math.floor(x * Math.LOG2E + 0.5)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let sum = 1
  for (let i = 12; i > 0; i--) sum = 1 + (r / i) * sum
  return sum * pow2(k)
}
