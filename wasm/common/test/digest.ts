// Digests and inputs of the goldens, as in scripts/oracles/math_reference.py.

const low64 = (x: bigint) => BigInt.asUintN(64, x)

/** Murmur3's finalizer. */
function mixed(x: bigint): bigint {
  x = low64((x ^ (x >> 33n)) * 0xff51afd7ed558ccdn)
  x = low64((x ^ (x >> 33n)) * 0xc4ceb9fe1a85ec53n)
  return x ^ (x >> 33n)
}

/** Σ mixed(bits + i · golden ratio) mod 2^64. */
export function digest(bits: ArrayLike<number | bigint>): string {
  let sum = 0n
  for (let i = 0; i < bits.length; i++) sum += mixed(low64(BigInt(bits[i]) + BigInt(i) * 0x9e3779b97f4a7c15n))
  return low64(sum).toString(16).padStart(16, '0')
}

/** The upper halves of mixed(1), mixed(2), …. */
export const sequence = (n: number) => Uint32Array.from({ length: n }, (_, i) => Number(mixed(BigInt(i + 1)) >> 32n))
