/**
 * The texture protocol on this kernel's own random numbers: crops of a texture, good ones and ones with
 * six kinds of defects drawn in, with their masks. For demonstrations, tests and comparisons without any data set.
 */
import { checkArray, checkOptions, choice, integer, lengthError, type Seed } from '@ukernels/runtime'
import type { Batch } from './batch.js'
import { Draws } from './draws.js'
import { gaussianTaps } from './maps.js'
import { type Canvas, type DefectKind, defectKinds, draw } from './synthetic-defects.js'

export { type DefectKind, defectKinds } from './synthetic-defects.js'

/** A gray texture, pixels in [0, 1], row by row. */
export interface Texture {
  data: Float32Array
  width: number
  height: number
}

export interface ProtocolOptions {
  seed: Seed
  /** Texture that swapped patches come from. Default the texture itself. */
  other?: Texture
  /** Side of the crops. Default 64. */
  size?: number
  /** Good crops of the left half, for the fit. Default 400. */
  train?: number
  /** Good crops of the right half. Default 60. */
  good?: number
  /** Defective crops of the right half, of each kind. Default 20. */
  perKind?: number
  /** Kinds of defects. Default all six. */
  kinds?: readonly DefectKind[]
}

/** Crops and what is wrong with them. */
export interface Protocol {
  /** Good crops of the left half. */
  train: Batch
  /** Good crops of the right half, then defective ones, kind by kind. */
  test: Batch
  /** 1 where a defect was drawn; as many bytes as test.data. */
  masks: Uint8Array
  /** `'good'` or the kind of the defect, per test crop. */
  kinds: ('good' | DefectKind)[]
}

/** Purposes: crops for the fit, good test crops, defective ones. */
const TAGS = { train: 0x74, good: 0x67, defect: 0x64 } as const

function checkTexture(name: string, texture: Texture): void {
  checkOptions(texture, name)
  const { data, width, height } = texture
  checkArray(`${name}.data`, data, 'Float32Array')
  if (data.length !== width * height)
    throw lengthError(`${name}.data must have ${width} · ${height} = ${width * height} elements, got ${data.length}`)
}

/** A square of the columns left … right − 1. */
function crop({ data, width, height }: Texture, left: number, right: number, size: number, draws: Draws): Float32Array {
  const i = draws.below(height - size + 1)
  const j = left + draws.below(right - left - size + 1)
  const out = new Float32Array(size * size)
  for (let y = 0; y < size; y++) out.set(data.subarray((i + y) * width + j, (i + y) * width + j + size), y * size)
  return out
}

/**
 * Draws the protocol. The same for the same seed, on every engine.
 *
 * @throws RangeError when half of the texture is smaller than a crop
 */
export function textureProtocol(texture: Texture, options: ProtocolOptions): Protocol {
  checkTexture('texture', texture)
  checkOptions(options)
  const other = options.other ?? texture
  checkTexture('other', other)
  const half = Math.floor(texture.width / 2)
  const size = integer('size', options.size, 8, Math.min(half, texture.height, other.width, other.height), 64)
  const [train, good, perKind] = (['train', 'good', 'perKind'] as const).map((name, i) =>
    integer(name, options[name], 0, 2 ** 20, [400, 60, 20][i]),
  )
  const kinds = options.kinds ?? defectKinds
  for (const kind of kinds) choice('kinds', kind, defectKinds)

  const pixels = size * size
  const trainData = new Float32Array(train * pixels)
  for (let i = 0; i < train; i++)
    trainData.set(crop(texture, 0, half, size, new Draws(options.seed, i, TAGS.train)), i * pixels)

  const count = good + kinds.length * perKind
  const testData = new Float32Array(count * pixels)
  const masks = new Uint8Array(count * pixels)
  const names: Protocol['kinds'] = []
  for (let i = 0; i < count; i++) {
    const kind = i < good ? undefined : kinds[Math.floor((i - good) / perKind)]
    const draws = new Draws(options.seed, i, kind === undefined ? TAGS.good : TAGS.defect)
    const x = crop(texture, half, texture.width, size, draws)
    if (kind !== undefined) {
      const canvas: Canvas = { x, size, mask: masks.subarray(i * pixels, (i + 1) * pixels) }
      draw(kind, canvas, draws, {
        foreign: () => crop(other, 0, other.width, size, draws),
        blurred: () => blurred(x, size),
      })
    }
    testData.set(x, i * pixels)
    names.push(kind ?? 'good')
  }
  return {
    train: { data: trainData, shape: [train, 1, size, size] },
    test: { data: testData, shape: [count, 1, size, size] },
    masks,
    kinds: names,
  }
}

/** σ of the blur defect. */
const BLUR_SIGMA = 2.5

/** The crop blurred with reflected borders, repeated where the blur reaches over them. */
function blurred(x: Float32Array, size: number): Float32Array {
  const taps = gaussianTaps(BLUR_SIGMA, Math.floor(4 * BLUR_SIGMA + 0.5))
  const reflected = (i: number) => {
    const at = ((i % (2 * size)) + 2 * size) % (2 * size)
    return at < size ? at : 2 * size - 1 - at
  }
  const pass = (from: Float32Array, stride: number, across: number) => {
    const out = new Float32Array(from.length)
    for (let a = 0; a < size; a++) {
      for (let u = 0; u < size; u++) {
        const at = (i: number) => from[a * across + reflected(i) * stride]
        let sum = taps[0] * at(u)
        for (let j = 1; j < taps.length; j++) sum += taps[j] * (at(u - j) + at(u + j))
        out[a * across + u * stride] = sum
      }
    }
    return out
  }
  return pass(pass(x, size, 1), 1, size)
}
