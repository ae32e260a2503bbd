/** The optimizer's closed form, through the low-level function: with β₁ = 0 a step has the size of the rate. */
import { tableBackends } from '@ukernels/test-kit'
import { expect, it } from 'vitest'
import loadAddon from '#native'
import wasm from '#wasm'
import golden from '../../../spec/anomaly-energy/adam.json' with { type: 'json' }
import { abi } from '../dist/abi.js'
import { createReference } from './reference/index.js'
import { expectClose } from './support.js'

const backends = [{ label: 'reference', backend: createReference() }, ...tableBackends(abi, { loadAddon, wasm }, [1])]

it.each(backends)('the first step after clipping the norm, and its average: $label', ({ backend: { call } }) => {
  const theta = Float32Array.from(golden.theta)
  const gradient = Float32Array.from(golden.gradient)
  const [m, v, ema] = [new Float32Array(3), new Float32Array(3), Float32Array.from(golden.theta)]
  const scale = golden.gradNorm / Math.hypot(...golden.gradient)
  const root = 1 / Math.sqrt(1 - 0.999)
  const rate = golden.learningRate
  expect(call.adamEma(theta, gradient, m, v, ema, scale, 0, 0.999, rate, root, 1e-8, 0.75)).toBe(0)
  expectClose(theta, golden.after, 1e-7)
  expectClose(
    ema,
    golden.after.map((after: number, i: number) => 0.75 * golden.theta[i] + 0.25 * after),
    1e-7,
  )
})
