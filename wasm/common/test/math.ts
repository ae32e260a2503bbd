// What the fast and the slow test of the elementary functions share.
import { arrays, f32, probe, u32 } from './probe.js'

export const names = ['exp', 'log', 'tanh', 'sigmoid', 'sin', 'cos'] as const

/** The same functions by the system's f64 functions; their own errors are 2^-28 of an ulp of f32. */
const exact: ((x: number) => number)[] = [
  Math.exp,
  Math.log,
  Math.tanh,
  (x) => 1 / (1 + Math.exp(-x)),
  Math.sin,
  Math.cos,
]

/** Stated bounds of the errors, in ulp of the result. */
export const bounds = [1, 0.85, 1.35, 2.45, 1.6, 1.6]

const CHUNK = 1 << 16
const ulpBits = new Uint32Array(1)
const ulpValue = new Float32Array(ulpBits.buffer)

/** The distance to the next f32 of larger magnitude. */
function ulp(v: number): number {
  ulpValue[0] = v
  const exponent = (ulpBits[0] >>> 23) & 0xff
  return 2 ** (Math.max(exponent, 1) - 150)
}

/** Largest error of function `which` over the inputs with bits first, first + step, … below 2^32, in ulp. */
export function worstError(which: number, first: number, step: number, end = 2 ** 32): { ulps: number; at: number } {
  const [x, out] = arrays(4 * CHUNK, 4 * CHUNK)
  const reference = exact[which]
  const worst = { ulps: 0, at: 0 }
  for (let start = first; start < end; start += CHUNK * step) {
    const bits = u32(x, CHUNK)
    for (let i = 0; i < CHUNK; i++) bits[i] = start + i * step
    probe.vectors(which, x, out, CHUNK)
    const [inputs, results] = [f32(x, CHUNK), f32(out, CHUNK)]
    for (let i = 0; i < CHUNK && start + i * step < end; i++) {
      const truth = reference(inputs[i])
      const rounded = Math.fround(truth)
      if (Object.is(results[i], rounded)) continue
      // Wrong specials and overflows are infinite errors: their distance isn't a number, or is infinite.
      const ulps = Math.abs(results[i] - truth) / ulp(Number.isFinite(rounded) ? rounded : 3e38)
      if (!(ulps <= worst.ulps)) Object.assign(worst, { ulps, at: bits[i] })
    }
  }
  return worst
}
