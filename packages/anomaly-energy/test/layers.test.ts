/** The layers by themselves, through the low-level functions: adjoint to each other, and slopes of each other. */
import type { ConvLayer } from '@ukernels/anomaly-energy'
import { tableBackends } from '@ukernels/test-kit'
import { describe, expect, it } from 'vitest'
import loadAddon from '#native'
import wasm from '#wasm'
import golden from '../../../spec/anomaly-energy/conv.json' with { type: 'json' }
import { abi } from '../dist/abi.js'
import { geometryOf, planOf } from '../src/conv-plan.js'
import { createReference } from './reference/index.js'
import { expectClose, uniform } from './support.js'

const backends = [{ label: 'reference', backend: createReference() }, ...tableBackends(abi, { loadAddon, wasm }, [1])]

const shapes = [
  { inputs: 2, outputs: 3, kernel: 3, stride: 1, pad: 1, h: 6, w: 7 },
  { inputs: 3, outputs: 2, kernel: 4, stride: 2, pad: 1, h: 9, w: 8 },
  { inputs: 5, outputs: 4, kernel: 1, stride: 1, pad: 0, h: 4, w: 5 },
  { inputs: 2, outputs: 2, kernel: 3, stride: 2, pad: 0, h: 8, w: 10 },
]

describe.each(backends)('layers: $label', ({ backend: { call } }) => {
  it.each(shapes)('$kernel × $kernel / $stride from $h × $w', (s) => {
    const geometry = [s.inputs, s.outputs, s.kernel, s.stride, s.pad, s.h, s.w] as const
    const out = (m: number) => Math.floor((m + 2 * s.pad - s.kernel) / s.stride) + 1
    const size = s.outputs * out(s.h) * out(s.w)
    const weights = s.outputs * s.inputs * s.kernel ** 2
    const [x, y] = [uniform(s.inputs * s.h * s.w, 1, -1, 1), uniform(size, 2, -1, 1)]
    const [w, zero] = [uniform(weights, 3, -1, 1), new Float32Array(s.outputs)]
    for (const numerics of [0, 1]) {
      const z = new Float32Array(size)
      const dx = new Float32Array(x.length)
      const dw = new Float32Array(weights + s.outputs)
      expect(call.convForward(x, w, zero, ...geometry, numerics, 1, z)).toBe(0)
      expect(call.convBackwardInput(y, w, ...geometry, numerics, 1, dx)).toBe(0)
      expect(call.convBackwardWeight(x, y, ...geometry, numerics, 1, dw)).toBe(0)
      const inner = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0)
      // ⟨conv x, y⟩ = ⟨x, convᵀ y⟩ = ⟨w, dw⟩
      expectClose([inner(x, dx), inner(w, dw.subarray(0, weights))], [inner(z, y), inner(z, y)], 2e-5)
      const plane = size / s.outputs
      const sums = Array.from({ length: s.outputs }, (_, c) =>
        y.subarray(c * plane, (c + 1) * plane).reduce((a, b) => a + b, 0),
      )
      expectClose(dw.subarray(weights), sums, 1e-5)
    }
  })

  it('∂E/∂θ of the golden network', () => {
    const plan = planOf(golden.layers as ConvLayer[], 1)
    const [, c, h, w] = golden.shape
    const params = Float32Array.from(golden.params)
    const { activations } = geometryOf(plan, h, w)
    for (const numerics of [0, 1]) {
      const parts = new Float32Array(params.length)
      const args = [plan.words, params, plan.layers.length, plan.weights, activations, plan.widest, numerics] as const
      const x = Float32Array.from(golden.x)
      expect(call.convParameterGradient(...args, x, Float32Array.of(1), c, h, w, 1, 0, 1, parts)).toBe(0)
      expectClose(parts, golden.parameterGradient, 1e-4)
      expect(Math.abs(Math.hypot(...parts) - 38.3864720553)).toBeLessThan(1e-3)
    }
  })
})
