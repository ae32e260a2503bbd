/** Feature maps of other runtimes, through stand-ins with their interfaces, and what is done with them. */
import {
  averagePool3,
  concatenateLevels,
  fromOnnx,
  fromTfjs,
  load,
  locationRows,
  type OnnxSession,
  selectChannels,
  type TfTensor,
} from '@ukernels/anomaly-energy'
import { describe, expect, it } from 'vitest'
import { batchOf, expectClose, expectError, expectRejection, images } from './support.js'

/** What was fed: ort.Tensor's constructor. */
class OrtTensor {
  constructor(
    readonly type: 'float32',
    readonly data: Float32Array,
    readonly dims: readonly number[],
  ) {}
}

/** An NHWC tensor that knows whether it was disposed of. */
class Tensor implements TfTensor {
  disposed = 0
  constructor(
    readonly values: Float32Array | Int32Array,
    readonly shape: number[],
  ) {}
  data = async () => this.values
  dispose() {
    this.disposed++
  }
}

describe('fromOnnx', () => {
  const fed: Record<string, unknown>[] = []
  const session: OnnxSession = {
    inputNames: ['pixels', 'other'],
    async run(feeds) {
      fed.push(feeds)
      const { data, dims } = Object.values(feeds)[0] as OrtTensor
      return {
        same: { data, dims },
        first: { data: Float32Array.of(7), dims: [1, 1, 1, 1] },
        flat: { data, dims: [data.length] },
        whole: { data: Int32Array.of(1), dims: [1, 1, 1, 1] },
      }
    },
  }

  it('feeds normalized images to the first input, or a named one, and joins the levels', async () => {
    const x = batchOf([1, 2, 1, 2], [0, 0.5, 0.25, 1])
    const extract = fromOnnx(session, OrtTensor, { outputs: ['same', 'first'], mean: [0.5, 0.25], std: [0.5, 0.25] })
    const found = await extract(x)
    expect(found.shape).toEqual([1, 3, 1, 2])
    expect([...found.data]).toEqual([-1, 0, 0, 3, 7, 7])
    expect(fed[0]).toMatchObject({ pixels: { type: 'float32', dims: [1, 2, 1, 2] } })
    await fromOnnx(session, OrtTensor, { input: 'other', outputs: ['same'] })(x)
    expect(Object.keys(fed[1])).toEqual(['other'])
    expect([...x.data]).toEqual([0, 0.5, 0.25, 1])
  })

  it('says what is wrong', async () => {
    const x = images([1, 2, 3, 3], 1)
    const extract = (options: object) => fromOnnx(session, OrtTensor, options as never)(x) as Promise<unknown>
    expectError(() => fromOnnx(session, OrtTensor, { outputs: [] }), TypeError, 'TYPE', 'outputs')
    expectError(() => fromOnnx(session, OrtTensor, {} as never), TypeError, 'TYPE', 'outputs')
    await expectRejection(extract({ outputs: ['none'] }), TypeError, 'TYPE', 'none')
    await expectRejection(extract({ outputs: ['flat'] }), TypeError, 'TYPE', 'flat', 'four dimensions')
    await expectRejection(extract({ outputs: ['whole'] }), TypeError, 'TYPE', 'whole', 'Float32Array')
    await expectRejection(extract({ outputs: ['same'], mean: [1, 2, 3] }), RangeError, 'LENGTH', 'mean', '2', '3')
  })
})

describe('fromTfjs', () => {
  it('gives NHWC, takes NHWC back, and disposes of both', async () => {
    const made: Tensor[] = []
    const tf = {
      tensor(data: Float32Array, shape: number[]) {
        made.push(new Tensor(data, shape))
        return made[0]
      },
    }
    const results = [new Tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 1, 2]), new Tensor(Int32Array.of(9), [1, 1, 1, 1])]
    const extract = fromTfjs(tf, { run: async () => results })
    const found = await extract(batchOf([1, 3, 1, 2], [1, 2, 3, 4, 5, 6]))
    expect([...made[0].values]).toEqual([1, 3, 5, 2, 4, 6])
    expect(made[0].shape).toEqual([1, 1, 2, 3])
    expect(found.shape).toEqual([1, 3, 2, 1])
    expect([...found.data]).toEqual([1, 3, 2, 4, 9, 9])
    expect([...made, ...results].map(({ disposed }) => disposed)).toEqual([1, 1, 1])
    const flat = fromTfjs(tf, { run: () => new Tensor(Float32Array.of(1), [1]) })
    await expectRejection(flat(images([1, 1, 2, 2], 1)) as Promise<unknown>, TypeError, 'TYPE', 'four dimensions')
  })
})

describe('feature maps', () => {
  it('are pooled 3 × 3 with zeros outside, as torch does', () => {
    const x = batchOf([1, 1, 3, 3], [9, 18, 27, 36, 45, 54, 63, 72, 81])
    expect([...averagePool3(x).data]).toEqual([12, 21, 16, 27, 45, 33, 24, 39, 28])
  })

  it('are joined on the finest grid, as the kernel resizes', async () => {
    const k = await load({ backend: 'wasm' })
    const [fine, coarse] = [images([2, 3, 6, 8], 1), images([2, 2, 3, 4], 2)]
    const joined = concatenateLevels([coarse, fine])
    expect(joined.shape).toEqual([2, 5, 6, 8])
    const up = k.resizeBilinear(coarse, 6, 8).data
    for (const i of [0, 1]) {
      expectClose(joined.data.subarray(240 * i, 240 * i + 96), up.subarray(96 * i, 96 * i + 96), 1e-6)
      expect(joined.data.slice(240 * i + 96, 240 * i + 240)).toEqual(fine.data.slice(144 * i, 144 * i + 144))
    }
    expect(concatenateLevels([fine])).toBe(fine)
    expectError(() => concatenateLevels([]), RangeError, 'LENGTH', 'levels')
    expectError(() => concatenateLevels([fine, images([1, 1, 2, 2], 1)]), RangeError, 'LENGTH', '2 images')
    k.dispose()
  })

  it('become rows, or fewer channels', () => {
    const x = batchOf([1, 3, 1, 2], [1, 2, 3, 4, 5, 6])
    expect([...locationRows(x)]).toEqual([1, 3, 5, 2, 4, 6])
    const some = selectChannels(x, [2, 0])
    expect(some.shape).toEqual([1, 2, 1, 2])
    expect([...some.data]).toEqual([5, 6, 1, 2])
    for (const channel of [3, -1, 0.5, Number.NaN])
      expectError(() => selectChannels(x, [0, channel]), RangeError, 'RANGE', 'channels[1]', channel)
    expectError(() => selectChannels(x, ['1'] as never), TypeError, 'TYPE', 'channels[0]', "'1'")
    expectError(() => selectChannels(x, undefined as never), TypeError, 'TYPE', 'channels', 'undefined')
    expectError(() => selectChannels(x, []), RangeError, 'LENGTH', 'channels')
    expectError(() => selectChannels(undefined as never, [0]), TypeError, 'TYPE', 'x must be')
  })
})
