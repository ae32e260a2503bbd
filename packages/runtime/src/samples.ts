import type { Abi } from './abi.js'
import type { Element, ElementArrays } from './elements.js'
/** Valid and nasty arguments of every row, for parity tests and benchmarks. */

/** Deterministic source of sample data. */
export interface SampleSource {
  /** Uniform integer in [0, n). */
  below(n: number): number
  /** Gradients: near-lognormal magnitudes, either sign, a quarter zeros. */
  gradients(n: number): Float32Array
  /** Any bit patterns, NaN and infinities included. */
  anyFloats(n: number): Float32Array
  bytes(n: number): Uint8Array
}
/** Inputs and scalars by parameter name; names that only outputs bind as numbers. Outputs, reports and handles are the harness's. */
export type Sample = Record<string, ElementArrays[Element] | number | bigint | undefined>
/** One generator per row: a row without samples does not compile. */
export type Samples<A extends Abi> = { [K in keyof A['rows']]: (source: SampleSource) => Sample[] }
