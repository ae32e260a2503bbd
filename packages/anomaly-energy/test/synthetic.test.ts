/** The texture protocol on the package's own random numbers. */
import { readFileSync } from 'node:fs'
import { load } from '@ukernels/anomaly-energy'
import { type DefectKind, defectKinds, type Texture, textureProtocol } from '@ukernels/anomaly-energy/synthetic'
import { sha256 } from '@ukernels/test-kit'
import { describe, expect, it } from 'vitest'
import { decodePicture } from '../src/cli/pictures.js'
import { expectError, uniform } from './support.js'
import { measure, within } from './texture-data.js'

async function picture(name: string): Promise<Texture> {
  const bytes = readFileSync(new URL(`../../../examples/textures/${name}.png`, import.meta.url))
  const { data, shape } = await decodePicture(bytes, { channels: 1, size: undefined, maxPixels: 1e6 })
  return { data, width: shape[3], height: shape[2] }
}

const noise = (width: number, height: number, seed: number): Texture => ({
  data: uniform(width * height, seed, 0.3, 0.5),
  width,
  height,
})

/** Crops of a texture whose halves are as large as a crop: there is only one, and what a defect changes is known. */
function drawn(kind: DefectKind, size: number, perKind = 8) {
  const texture = noise(2 * size, size, 4)
  const original = new Float32Array(size * size)
  for (let y = 0; y < size; y++) original.set(texture.data.subarray((2 * y + 1) * size, (2 * y + 2) * size), y * size)
  const { test, masks } = textureProtocol(texture, { seed: 3, size, kinds: [kind], train: 0, good: 0, perKind })
  return Array.from({ length: perKind }, (_, i) => {
    const [begin, end] = [i * size * size, (i + 1) * size * size]
    const mask = masks.subarray(begin, end)
    const inside = [...mask.keys()].filter((u) => mask[u] === 1)
    return { original, mask, inside, x: test.data.subarray(begin, end) }
  })
}
const of = (x: Float32Array, pixels: number[]) => pixels.map((i) => x[i])
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
const deviation = (values: number[]) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)))

describe('textureProtocol', () => {
  it('takes the fit from the left half and the rest from the right one', () => {
    const texture = noise(80, 50, 1)
    texture.data.forEach((_, i) => {
      texture.data[i] = i % 80 < 40 ? 0.25 : 0.75
    })
    const { train, test, masks, kinds } = textureProtocol(texture, {
      seed: 1,
      size: 16,
      train: 30,
      good: 20,
      perKind: 2,
    })
    expect(train.shape).toEqual([30, 1, 16, 16])
    expect(test.shape).toEqual([32, 1, 16, 16])
    expect(new Set(train.data)).toEqual(new Set([0.25]))
    expect(new Set(test.data.subarray(0, 20 * 256))).toEqual(new Set([0.75]))
    expect(masks.subarray(0, 20 * 256).every((m) => m === 0)).toBe(true)
    expect(kinds).toEqual([...Array(20).fill('good'), ...defectKinds.flatMap((kind) => [kind, kind])])
  })

  it('is the same for the same seed, everywhere', () => {
    const texture = noise(90, 60, 2)
    const few = { size: 24, train: 20, good: 5, perKind: 5 }
    const digests = (seed: number | bigint) => {
      const { train, test, masks } = textureProtocol(texture, { ...few, seed })
      return [train.data, test.data, masks].map((view) => sha256(view, 16))
    }
    expect(digests(7n)).toEqual(digests(7))
    expect(digests(8)).not.toEqual(digests(7))
    expect(digests(7)).toMatchInlineSnapshot(`
      [
        "7d159302c35157ab",
        "3bfeb86258b2c466",
        "10a692ce49cb58c1",
      ]
    `)
  })

  it('changes nothing outside of the mask, and keeps to [0, 1]', () => {
    for (const kind of defectKinds) {
      for (const { original, mask, inside, x } of drawn(kind, 64)) {
        expect(inside.length).toBeGreaterThan(20)
        expect(x.every((v, i) => (mask[i] === 1 ? v >= 0 && v <= 1 : v === original[i]))).toBe(true)
      }
    }
  })

  it('draws what its kinds are', () => {
    for (const { original, inside, x } of drawn('stain', 64))
      expect(of(x, inside)).toEqual(of(original, inside).map((v) => Math.fround(v * 0.6)))
    for (const { original, inside, x } of drawn('scratch', 64)) {
      const steps = inside.map((i) => x[i] - original[i])
      expect(new Set(steps.map((v) => Math.sign(v))).size).toBe(1)
      // 0.3 … 0.5 less 0.35 is clipped at 0.
      for (const step of steps) expect(Math.abs(step)).toBeLessThanOrEqual(0.35 + 1e-6)
    }
    for (const { original, inside, x } of drawn('shuffle', 64)) {
      expect(of(x, inside)).not.toEqual(of(original, inside))
      expect(of(x, inside).sort()).toEqual(of(original, inside).sort())
    }
    for (const { original, inside, x } of drawn('swap', 64)) {
      expect(mean(of(x, inside))).toBeCloseTo(mean(of(original, inside)), 5)
      expect(deviation(of(x, inside))).toBeCloseTo(deviation(of(original, inside)), 4)
    }
    const all = drawn('noise', 64, 40).flatMap(({ original, inside, x }) => inside.map((i) => x[i] - original[i]))
    expect(Math.abs(deviation(all) - 0.15)).toBeLessThan(0.01)
    expect(Math.abs(mean(all))).toBeLessThan(0.01)
  })

  it('blurs as the kernel does, also where the blur reaches over a crop', async () => {
    const k = await load({ backend: 'wasm' })
    for (const size of [8, 13, 64]) {
      for (const { original, inside, x } of drawn('blur', size)) {
        const { data } = k.gaussianBlur({ data: original, shape: [1, 1, size, size] }, 2.5)
        for (const i of inside) expect(Math.abs(x[i] - data[i])).toBeLessThan(1e-6)
      }
    }
    k.dispose()
  })

  it('says what is wrong', () => {
    const texture = noise(100, 60, 1)
    expectError(() => textureProtocol(texture, { seed: 1, size: 51 }), RangeError, 'RANGE', 'size', '50', '51')
    expectError(() => textureProtocol(texture, { seed: 1, size: 7 }), RangeError, 'RANGE', 'size')
    expectError(
      () => textureProtocol(texture, { seed: 1, size: 20, kinds: ['dent' as never] }),
      TypeError,
      'TYPE',
      'kinds',
    )
    expectError(() => textureProtocol(texture, { size: 20 } as never), TypeError, 'TYPE', 'seed')
    expectError(() => textureProtocol({ ...texture, width: 99 }, { seed: 1 }), RangeError, 'LENGTH', 'texture.data')
  })

  it('gives the figures of the protocol on brick, to what another random generator moves them', async () => {
    const k = await load({ backend: 'wasm' })
    const { train, test, masks, kinds } = textureProtocol(await picture('brick'), {
      seed: 0,
      other: await picture('gravel'),
    })
    const share = masks.reduce((sum, m) => sum + m, 0) / masks.length
    expect(Math.abs(share - 0.03052)).toBeLessThan(0.004)
    const model = await k.fitPatchEnergy(train)
    const map = k.gaussianBlur(k.reduceChannels(model.gradient(test), 'l1'), 4)
    const labels = Uint8Array.from(kinds, (kind) => (kind === 'good' ? 0 : 1))
    within(await measure(k, map, { masks, labels }), [0.889, 0.842, 0.732], 0.03)
    k.dispose()
  })
})
