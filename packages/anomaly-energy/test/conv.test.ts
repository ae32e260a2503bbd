import { type ConvEnergy, type ConvLayer, defaultLayers } from '@ukernels/anomaly-energy'
import { afterAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { expectClose, expectError, images, uniform } from './support.js'

const layers: ConvLayer[] = [
  { out: 4, kernel: 4, stride: 2, pad: 1, act: 'silu' },
  { out: 6, kernel: 3, stride: 1, pad: 1, act: 'silu' },
  { out: 1, kernel: 1, stride: 1, pad: 0, act: 'none' },
]
const params = Float32Array.from({ length: 297 }, (_, i) => (((37 * i + 11) % 101) - 50) / 200)

describe.each(backends)('ConvEnergy: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  const closed = (numerics: 'fast' | 'exact') =>
    k.convEnergyFrom({ layers, channels: 1, params, scale: 1, offset: 0, numerics, sign: 1 })

  it('maps pixels, and gives gradients in them', () => {
    const inner = closed('exact')
    const outer = k.convEnergyFrom({ layers, channels: 1, params, scale: 2, offset: -1, sign: 1, numerics: 'exact' })
    const x = images([2, 1, 12, 12], 4)
    const mapped = { ...x, data: x.data.map((v) => Math.fround(2 * v) - 1) }
    expect(outer.energy(x)).toEqual(inner.energy(mapped))
    const [a, b] = [new Float32Array(288), new Float32Array(288)]
    outer.energyAndGradient(x, { out: { gradient: a } })
    inner.energyAndGradient(mapped, { out: { gradient: b } })
    expect(a).toEqual(b.map((v) => 2 * v))
  })

  it('takes odd sizes, batches as single images, and any of the layers', () => {
    const net = k.createConvEnergy(
      [
        { out: 3, kernel: 3, stride: 2, pad: 0, act: 'leaky-relu' },
        { out: 2, kernel: 4, stride: 2, pad: 1, act: 'silu' },
        { out: 1, kernel: 3, stride: 1, pad: 1, act: 'none' },
      ],
      { channels: 2, seed: 3, numerics: 'exact' },
    )
    const x = images([3, 2, 12, 15], 6)
    const gradient = new Float32Array(x.data.length)
    const energy = new Float32Array(3)
    net.energyAndGradient(x, { out: { gradient, energy } })
    for (let i = 0; i < 3; i++) {
      const one = { data: x.data.subarray(360 * i, 360 * i + 360), shape: [1, 2, 12, 15] as const }
      const g = new Float32Array(360)
      net.energyAndGradient(one, { out: { gradient: g } })
      expect(g).toEqual(gradient.slice(360 * i, 360 * i + 360))
      expect(net.energy(one)[0]).toBe(energy[i])
    }
    // The last pixels of an odd side have no tap: their gradient is 0, and the map has the image's size.
    expect(net.localEnergy(x).shape).toEqual([3, 1, 2, 3])
  })

  it('gradients are the slopes of the energy', () => {
    const net = k.createConvEnergy(defaultLayers, { channels: 1, seed: 1, scale: 1, offset: 0 })
    const x = images([1, 1, 8, 8], 2)
    const gradient = new Float32Array(64)
    net.energyAndGradient(x, { out: { gradient } })
    const direction = uniform(64, 9, -1, 1)
    const along = gradient.reduce((s, g, i) => s + g * direction[i], 0)
    const at = (t: number) => net.energy({ ...x, data: x.data.map((v, i) => v + t * direction[i]) })[0]
    expect(Math.abs((at(0.05) - at(-0.05)) / 0.1 - along)).toBeLessThan(2e-3 * Math.abs(along) + 2e-4)
  })

  it('starts from the same parameters everywhere', () => {
    const net = k.createConvEnergy(defaultLayers, { channels: 1, seed: 0 })
    expect(net.params.length).toBe(68_569)
    const bound = 1 / Math.sqrt(16)
    for (const p of net.params.subarray(0, 24 * 16 + 24)) expect(Math.abs(p)).toBeLessThanOrEqual(bound)
    expect(k.createConvEnergy(defaultLayers, { channels: 1, seed: 0n }).params).toEqual(net.params)
    expect(k.createConvEnergy(defaultLayers, { channels: 1, seed: 1 }).params).not.toEqual(net.params)
  })

  it('importers take the sign as they are told', () => {
    const [e, f] = [1, -1].map((sign) =>
      k.convEnergyFrom({ layers, channels: 1, params, scale: 1, offset: 0, sign: sign as 1 | -1 }),
    )
    const x = images([1, 1, 12, 12], 1)
    expect(f.energy(x)[0]).toBe(-e.energy(x)[0])
    expectError(() => k.convEnergyFrom({ layers, channels: 1, params } as never), RangeError, 'RANGE', 'sign')
    const short = params.subarray(1)
    expectError(() => k.convEnergyFrom({ layers, channels: 1, params: short, sign: 1 }), RangeError, 'LENGTH', 297)
  })

  it('a model file gives the same bits and is small', () => {
    const net = k.createConvEnergy(defaultLayers, { channels: 1, seed: 5 })
    const bytes = net.toBytes()
    expect(bytes.length).toBeLessThan(300_000)
    const again = k.fromBytes(bytes) as ConvEnergy
    const x = images([1, 1, 16, 16], 1)
    expect(again.energy(x)).toEqual(net.energy(x))
    expect(again.toBytes()).toEqual(bytes)
  })

  it('scores, maps and descends', () => {
    const net = closed('fast')
    const x = images([2, 1, 12, 12], 8)
    for (const how of ['energy', 'gL1', 'gL2', 'gMax', 'blurMax', 'topQ', 'energyMapMax'] as const)
      for (const score of net.score(x, how)) expect(Number.isFinite(score)).toBe(true)
    expectClose(net.score(x, 'energy'), net.energy(x), 1e-6)
    const out = new Float32Array(x.shape[0])
    expect(net.score(x, 'gL1', out).buffer).toBe(out.buffer)
    expect(out).toEqual(net.score(x, 'gL1'))
    const map = net.descentMap(x, { maxSteps: 3 })
    expect(map.shape).toEqual(x.shape)
    expect(Math.max(...map.data)).toBeLessThanOrEqual(0.09 + 1e-6)
  })

  it('says what is wrong', () => {
    const net = closed('fast')
    expectError(() => net.energy(images([1, 1, 1, 1], 1)), RangeError, 'LENGTH', 'layer 0')
    expectError(() => net.energy(images([1, 2, 12, 12], 1)), RangeError, 'LENGTH', 'channels')
    expectError(() => k.createConvEnergy([], { channels: 1, seed: 0 }), RangeError, 'LENGTH', 'layers')
    const wrong = [{ ...layers[2], kernel: 5 }] as never
    expectError(() => k.createConvEnergy(wrong, { channels: 1, seed: 0 }), RangeError, 'RANGE', 'layers[0].kernel')
    expectError(() => k.createConvEnergy(layers.slice(0, 2), { channels: 1, seed: 0 }), RangeError, 'RANGE', 'out: 1')
    expectError(() => k.createConvEnergy(layers, { channels: 1 } as never), TypeError, 'TYPE', 'seed')
    expectError(() => net.energyAndGradient(images([1, 1, 12, 12], 1), {} as never), TypeError, 'TYPE', 'out.gradient')
    expect(net.energy({ data: new Float32Array(0), shape: [0, 1, 12, 12] }).length).toBe(0)
  })
})
