/** Powers of two by their bits: `2 ** k` and `Math.pow` are not the same on every engine. */

const LEAST = -1074
const MOST = 1023

let powers: Float64Array | undefined

/** Doubling and halving are exact, down into the subnormals. */
function makePowers(): Float64Array {
  const table = new Float64Array(MOST - LEAST + 1)
  table[-LEAST] = 1
  for (let k = 1; k <= MOST; k++) table[k - LEAST] = 2 * table[k - 1 - LEAST]
  for (let k = -1; k >= LEAST; k--) table[k - LEAST] = table[k + 1 - LEAST] / 2
  return table
}

/** 2^k, exact, for an integer −1074 ≤ k ≤ 1023. From a table: composing bits stalls on a 64-bit load of two stores. */
export function pow2(k: number): number {
  powers ??= makePowers()
  return powers[k - LEAST]
}

/** x · 2^k, rounded once at most, for any integer k. */
export function scaleByPow2(x: number, k: number): number {
  if (k >= -1022 && k <= 1023) return x * pow2(k)
  if (k > 1023) return k > 2100 ? x * Infinity : scaleByPow2(x * pow2(1023), k - 1023)
  // Down to the subnormals in one rounding: the first step stays exact for every normal x that can survive the second.
  return k < -2200 ? x * 0 : scaleByPow2(x * pow2(-1022 + 53), k + 1022 - 53)
}

const f64 = /* @__PURE__ */ new Float64Array(1)
const words = /* @__PURE__ */ new Uint32Array(f64.buffer)

/** ⌊log2 x⌋ for a normal x > 0. */
export function exponentOf(x: number): number {
  f64[0] = x
  return (words[1] >>> 20) - 1023
}
