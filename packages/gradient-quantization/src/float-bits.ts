/** Powers of two by their bits: `2 ** k` and `Math.pow` are not the same on every engine. */

const f64 = /* @__PURE__ */ new Float64Array(1)
const words = /* @__PURE__ */ new Uint32Array(f64.buffer)

/** 2^k, exact for −1074 ≤ k ≤ 1023. */
export function pow2(k: number): number {
  if (k >= -1022) {
    words[0] = 0
    words[1] = (k + 1023) << 20
  } else {
    words[0] = k < -1042 ? 1 << (k + 1074) : 0
    words[1] = k < -1042 ? 0 : 1 << (k + 1042)
  }
  return f64[0]
}

/** x · 2^k, rounded once at most, for any integer k. */
export function scaleByPow2(x: number, k: number): number {
  if (k >= -1022 && k <= 1023) return x * pow2(k)
  if (k > 1023) return k > 2100 ? x * Infinity : scaleByPow2(x * pow2(1023), k - 1023)
  // Down to the subnormals in one rounding: the first step stays exact for every normal x that can survive the second.
  return k < -2200 ? x * 0 : scaleByPow2(x * pow2(-1022 + 53), k + 1022 - 53)
}

/** ⌊log2 x⌋ for a normal x > 0. */
export function exponentOf(x: number): number {
  f64[0] = x
  return (words[1] >>> 20) - 1023
}
