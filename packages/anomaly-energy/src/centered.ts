/** Rows of features, centered in slabs of f32: what every feature-space energy starts with. */
import { allocate, type Real, refuseNonFinite, tagOf } from '@ukernels/runtime'
import { reportOf, type Steps, step } from './steps.js'

/** Numbers of a slab. */
const SLAB = 2 ** 20

/** A slab of centered rows, and where it begins. */
export interface Slab {
  begin: number
  count: number
  v: Float32Array
}

/** Centers x slab by slab and does something with each. */
export function* forEachSlab(
  name: string,
  x: Real,
  d: number,
  mean: Float64Array,
  work: (slab: Slab) => Steps<void>,
): Steps<void> {
  const n = x.length / d
  const most = Math.max(64, Math.floor(SLAB / d))
  const room = allocate(Float32Array, Math.min(n, most) * d)
  const double = tagOf(x) === 'Float64Array'
  for (let begin = 0; begin < n; begin += most) {
    const count = Math.min(most, n - begin)
    const rows = x.subarray(begin * d, (begin + count) * d)
    const v = room.subarray(0, count * d)
    const report = reportOf('centerRows')
    yield double
      ? step('centerRows64', 'center', count, [rows as Float64Array, mean, count, d, v, report])
      : step('centerRows', 'center', count, [rows as Float32Array, mean, count, d, v, report])
    refuseNonFinite(name, begin * d + report.firstNonFinite)
    yield* work({ begin, count, v })
  }
}
