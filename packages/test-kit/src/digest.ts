/** SHA-256 in plain TypeScript: synchronous in every runtime, browsers included. */

/** The first 32 bits of the fractional parts of f(p) over the first `count` primes p. */
function primeFractions(count: number, f: (prime: number) => number): Uint32Array {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return Uint32Array.from(primes, (prime) => Math.floor((f(prime) % 1) * 2 ** 32))
}

// Both functions are accurate to far less than the 2^-32 that is kept, also where an engine's cbrt isn't exact.
const initial = primeFractions(8, Math.sqrt)
const constants = primeFractions(64, Math.cbrt)

const rotate = (x: number, by: number) => (x >>> by) | (x << (32 - by))

/** One 64-byte block into the state. */
function compress(state: Uint32Array, block: DataView, at: number, w: Uint32Array): void {
  for (let t = 0; t < 16; t++) w[t] = block.getUint32(at + 4 * t)
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]
    const y = w[t - 2]
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
    w[t] = w[t - 16] + s0 + w[t - 7] + s1
  }
  let [a, b, c, d, e, f, g, h] = state
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[t] + w[t]) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  const next = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] += next[i]
}

/** SHA-256 of the bytes of a view, the first `digits` hexadecimal digits (all 64 by default). */
export function sha256(view: ArrayBufferView, digits = 64): string {
  const state = initial.slice()
  const scratch = new Uint32Array(64)
  const n = view.byteLength
  const whole = n - (n % 64)
  const data = new DataView(view.buffer, view.byteOffset, n)
  for (let at = 0; at < whole; at += 64) compress(state, data, at, scratch)
  // The rest, a 1 bit, zeros, and the length in bits as the last 64.
  const tail = new Uint8Array(n - whole < 56 ? 64 : 128)
  tail.set(new Uint8Array(view.buffer, view.byteOffset + whole, n - whole))
  tail[n - whole] = 0x80
  const end = new DataView(tail.buffer)
  end.setUint32(tail.length - 8, Math.floor(n / 2 ** 29))
  end.setUint32(tail.length - 4, n * 8)
  for (let at = 0; at < tail.length; at += 64) compress(state, end, at, scratch)
  return [...state]
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('')
    .slice(0, digits)
}
