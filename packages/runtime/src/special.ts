/**
 * exp, log, log2, erf, erfc, erfcx, Φ and Φ⁻¹ from + − × ÷ sqrt and bit operations only, so that every JavaScript
 * engine gives the same bits (`Math.exp` and its kind differ). Relative error ≤ 1e-14 each, tested against mpmath.
 */
import { pow2, scaleByPow2 } from './float-bits.js'

const f64 = /* @__PURE__ */ new Float64Array(1)
const words = /* @__PURE__ */ new Uint32Array(f64.buffer)

/** ln 2 = LN2_HIGH + LN2_LOW; the high part has 20 trailing zero bits, so that k · LN2_HIGH is exact for |k| < 2^20. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const INVERSE_LN2 = Math.LOG2E
const SQRT_HALF = Math.SQRT1_2
const INVERSE_SQRT_PI = 0.5641895835477563
/** Adding and subtracting 1.5 · 2^52 rounds to an integer, 1.5 · 2^48 to a multiple of 1/16. */
const TO_INTEGER = 6755399441055744
const TO_SIXTEENTH = 422212465065984

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return NaN
  if (x > 709.79) return Infinity
  if (x < -745.2) return 0
  const k = x * INVERSE_LN2 + TO_INTEGER - TO_INTEGER
  const r = x - k * LN2_HIGH - k * LN2_LOW
  const s = r * r
  // Taylor to r^13, even and odd powers apart (two short chains); |r| ≤ ln(2)/2 leaves 4e-18.
  const even = ((((s * (1 / 479001600) + 1 / 3628800) * s + 1 / 40320) * s + 1 / 720) * s + 1 / 24) * s + 0.5
  const odd =
    (((((s * (1 / 6227020800) + 1 / 39916800) * s + 1 / 362880) * s + 1 / 5040) * s + 1 / 120) * s + 1 / 6) * (s * r)
  const p = 1 + (r + (s * even + odd))
  return k > -1022 && k < 1024 ? p * pow2(k) : scaleByPow2(p, k)
}

/** e^(factor · x²), the square's rounding error (which exp would magnify) kept out: x² = h² + (x − h)(x + h). */
function expOfSquare(x: number, factor: number): number {
  const h = x + TO_SIXTEENTH - TO_SIXTEENTH
  return exp(h * h * factor) * exp((x - h) * (x + h) * factor)
}

/** e^(−z²/2), to full relative accuracy in the far tail too. */
export function gaussian(z: number): number {
  return z * z > 1500 ? 0 : expOfSquare(z, -0.5)
}

/** ln m for √½ ≤ m < √2, by the series 2 artanh(s), s = (m − 1)/(m + 1), |s| ≤ 0.1716; 6e-19 is left out. */
function logOfMantissa(m: number): number {
  const f = m - 1
  const s = f / (2 + f)
  const w = s * s
  const v = w * w
  const even = ((((v * (1 / 21) + 1 / 17) * v + 1 / 13) * v + 1 / 9) * v + 1 / 5) * v
  const odd = ((((v * (1 / 23) + 1 / 19) * v + 1 / 15) * v + 1 / 11) * v + 1 / 7) * v + 1 / 3
  return 2 * s + 2 * s * (even + w * odd)
}

/** Splits a finite x > 0 into 2^k · m with √½ ≤ m < √2; returns k, leaves m in `f64[0]`. */
function splitMantissa(x: number): number {
  let k = 0
  f64[0] = x
  if (words[1] < 0x00100000) {
    f64[0] = x * 18014398509481984
    k = -54
  }
  const mantissa = words[1] & 0xfffff
  // 2^20 − 0x95f64 are the upper mantissa bits of √2: from there on the sum carries, and m is halved.
  const up = (mantissa + 0x95f64) & 0x100000
  k += (words[1] >>> 20) - 1023 + (up >>> 20)
  words[1] = mantissa | (up ^ 0x3ff00000)
  return k
}

const logDomain = (x: number) => (x === 0 ? -Infinity : x < 0 ? NaN : x)

/** Natural logarithm; −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return logDomain(x)
  const k = splitMantissa(x)
  return k * LN2_HIGH + (logOfMantissa(f64[0]) + k * LN2_LOW)
}

/** Binary logarithm, exact at powers of two; −Infinity at 0, NaN below. */
export function log2(x: number): number {
  if (!(x > 0) || x === Infinity) return logDomain(x)
  const k = splitMantissa(x)
  return k + logOfMantissa(f64[0]) * INVERSE_LN2
}

/*
 * Rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
 * Math. Comp. 23 (1969) 631–637, with the coefficients of his CALERF (netlib specfun).
 */

/** erf on |x| ≤ 0.46875. */
function erfSmall(x: number): number {
  const y = x * x
  const p =
    (((0.18577770618460315 * y + 3.1611237438705655) * y + 113.86415415105016) * y + 377.485237685302) * y +
    3209.3775891384694
  const q = (((y + 23.601290952344122) * y + 244.02463793444417) * y + 1282.6165260773723) * y + 2844.236833439171
  return (x * p) / q
}

/** e^(x²) erfc(x) on 0.46875 ≤ x ≤ 4. */
function erfcxMiddle(x: number): number {
  const p =
    (((((((2.1531153547440383e-8 * x + 0.5641884969886701) * x + 8.883149794388377) * x + 66.11919063714163) * x +
      298.6351381974001) *
      x +
      881.952221241769) *
      x +
      1712.0476126340707) *
      x +
      2051.0783778260716) *
      x +
    1230.3393547979972
  const q =
    (((((((x + 15.744926110709835) * x + 117.6939508913125) * x + 537.1811018620099) * x + 1621.3895745666903) * x +
      3290.7992357334597) *
      x +
      4362.619090143247) *
      x +
      3439.3676741437216) *
      x +
    1230.3393548037495
  return p / q
}

/** e^(x²) erfc(x) on 4 ≤ x ≤ 1e8: Cody's quotient in 1/x², multiplied out by powers of x² for a single division. */
function erfcxLarge(x: number): number {
  const s = x * x
  const p =
    ((((0.0006587491615298378 * s + 0.016083785148742275) * s + 0.12578172611122926) * s + 0.36034489994980445) * s +
      0.30532663496123236) *
      s +
    0.016315387137302097
  const q =
    s *
    (((((0.0023352049762686918 * s + 0.06051834131244132) * s + 0.5279051029514285) * s + 1.8729528499234604) * s +
      2.568520192289822) *
      s +
      1)
  return (INVERSE_SQRT_PI * q - p) / (q * x)
}

/** e^(x²) erfc(x): erfc without its underflow. Overflows to Infinity below −26.6. */
export function erfcx(x: number): number {
  if (x < 0.46875) {
    if (x >= -0.46875) return exp(x * x) * (1 - erfSmall(x))
    return x < -26.7 ? Infinity : 2 * expOfSquare(x, 1) - erfcx(-x)
  }
  if (x <= 4) return erfcxMiddle(x)
  return x > 1e8 ? INVERSE_SQRT_PI / x : erfcxLarge(x)
}

/**
 * out[j] = factor[j] · erfcx(|x[j] + shift| / √2) for from ≤ j < to: `erfcx` for arrays, one range per loop, because
 * the engine inlines no more than that, and boxes the results of what it doesn't inline.
 */
export function timesErfcx(
  out: Float64Array,
  factor: Float64Array,
  x: Float64Array,
  shift: number,
  from: number,
  to: number,
): void {
  for (let j = from; j < to; j++) {
    const t = Math.abs(x[j] + shift) * SQRT_HALF
    if (t >= 0.46875 && t <= 4) out[j] = factor[j] * erfcxMiddle(t)
  }
  for (let j = from; j < to; j++) {
    const t = Math.abs(x[j] + shift) * SQRT_HALF
    if (t > 4) out[j] = factor[j] * (t > 1e8 ? INVERSE_SQRT_PI / t : erfcxLarge(t))
  }
  for (let j = from; j < to; j++) {
    const t = Math.abs(x[j] + shift) * SQRT_HALF
    if (t < 0.46875) out[j] = factor[j] * erfcx(t)
  }
}

/** Complementary error function 1 − erf(x). */
export function erfc(x: number): number {
  if (x < 0.46875) return x >= -0.46875 ? 1 - erfSmall(x) : 2 - erfc(-x)
  return x > 27.3 ? 0 : expOfSquare(x, -1) * erfcx(x)
}

/** Error function 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(x: number): number {
  if (x >= -0.46875 && x <= 0.46875) return erfSmall(x)
  return x < 0 ? erfc(-x) - 1 : 1 - erfc(x)
}

/** Standard normal distribution function Φ(z) = P(Z ≤ z); relative accuracy in the lower tail. */
export function normalCdf(z: number): number {
  if (z > -0.66) return z > 0.66 ? 1 - normalCdf(-z) : 0.5 + 0.5 * erfSmall(z * SQRT_HALF)
  return 0.5 * gaussian(z) * erfcx(-z * SQRT_HALF)
}
