/** Internals for tests; compiled by the tests and never shipped. Arrays lie in memory. */
import { cosF32, cosF32x4, exp64, expF32, expF32x4, log64, logF32, logF32x4, normalPair, normals } from './math'
import { sigmoidF32, sigmoidF32x4, sinF32, sinF32x4, tanhF32, tanhF32x4 } from './math'

// @ts-ignore: decorator
@inline
function vector(which: i32, x: v128): v128 {
  switch (which) {
    case 0:
      return expF32x4(x)
    case 1:
      return logF32x4(x)
    case 2:
      return tanhF32x4(x)
    case 3:
      return sigmoidF32x4(x)
    case 4:
      return sinF32x4(x)
    default:
      return cosF32x4(x)
  }
}

function number(which: i32, x: f32): f32 {
  switch (which) {
    case 0:
      return expF32(x)
    case 1:
      return logF32(x)
    case 2:
      return tanhF32(x)
    case 3:
      return sigmoidF32(x)
    case 4:
      return sinF32(x)
    default:
      return cosF32(x)
  }
}

/** exp, log, tanh, sigmoid, sin or cos of n numbers, a multiple of 4, in vectors. */
export function vectors(which: i32, x: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4, x += 16, out += 16) v128.store(out, vector(which, v128.load(x)))
}

/** The same one by one. */
export function numbers(which: i32, x: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++, x += 4, out += 4) store<f32>(out, number(which, load<f32>(x)))
}

/** exp64 or log64 of n numbers. */
export function doubles(which: i32, x: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++, x += 8, out += 8)
    store<f64>(out, which == 0 ? exp64(load<f64>(x)) : log64(load<f64>(x)))
}

/** n/2 pairs of normals from n words, f64. */
export function pairs(words: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 2, words += 8, out += 16) normalPair(load<u32>(words), load<u32>(words, 4), out)
}

export { normals, __heap_base }
export { gemmF32, gemmF64, gemmWorkspace } from './gemm'
export { cholesky, logDeterminant, outerSums, symEigStep, triangularInverse } from './linalg'
