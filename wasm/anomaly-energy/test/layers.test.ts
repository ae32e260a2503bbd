// Single layers of every kernel, stride and padding on sizes that leave remainders, against the plain reference.
import { type Backend, prepareRow, type Sample } from '@ukernels/runtime'
import { argumentsOf, call } from '@ukernels/test-kit'
import { describe, it } from 'vitest'
import { abi } from '../../../packages/anomaly-energy/dist/abi.js'
import { createReference } from '../../../packages/anomaly-energy/test/reference/index.js'
import { expectSame, run } from './core.js'

const reference = createReference() as unknown as Backend

type LayerRow = 'convForward' | 'convBackwardInput' | 'convBackwardWeight'

function compare(name: LayerRow, result: string, sample: Sample): void {
  const row = prepareRow(name, abi.rows[name] as never)
  const args = argumentsOf(row, sample)
  call(reference, name, args)
  const expected = args[row.args[row.params.findIndex((p) => p.name === result)]]
  expectSame(run(name, sample).arrays[result], expected as Float32Array)
}

const shapes = [1, 3, 4].flatMap((kernel) => [1, 2].flatMap((stride) => [0, 1].map((pad) => ({ kernel, stride, pad }))))

describe('layers', () => {
  it.each(shapes)('kernel $kernel, stride $stride, pad $pad', ({ kernel, stride, pad }) => {
    const sizes = [1, 2, 3, 4, 5, 8, 9, 15, 17].filter((m) => m + 2 * pad >= kernel)
    sizes.forEach((h, i) => {
      const w = sizes[(5 * i + 2) % sizes.length]
      const [inputs, outputs, n] = [1 + (i % 5), 1 + ((3 * i) % 7), 1 + (i % 2)]
      const out = (m: number) => Math.floor((m + 2 * pad - kernel) / stride) + 1
      const data = (count: number, seed: number) =>
        Float32Array.from({ length: count }, (_, j) => Math.sin(seed + j * j))
      const sample = {
        x: data(n * inputs * h * w, 1),
        dz: data(n * outputs * out(h) * out(w), 2),
        weight: data(outputs * inputs * kernel * kernel, 3),
        bias: data(outputs, 4),
        ...{ inputs, outputs, kernel, stride, pad, h, w, n, numerics: 1 },
      }
      compare('convForward', 'z', sample)
      compare('convBackwardInput', 'dx', sample)
      compare('convBackwardWeight', 'dw', sample)
    })
  })
})
