/** Large images in overlapping tiles, and their maps put together again. */
import { allocate, integer } from '@ukernels/runtime'
import type { Batch } from './batch.js'

export interface TileOptions {
  /** Side of the square tiles in pixels. */
  size: number
  /** Pixels that neighbors share. Default a quarter of the size. */
  overlap?: number
}

export function tileSettings(options: TileOptions): Required<TileOptions> {
  const size = integer('tile.size', options.size, 1, 2 ** 24)
  return { size, overlap: integer('tile.overlap', options.overlap, 0, size - 1, Math.floor(size / 4)) }
}

/** Where tiles begin on an axis of m pixels: a step of size − overlap, the last one at the end. */
export function tileStarts(m: number, { size, overlap }: Required<TileOptions>): number[] {
  if (m <= size) return [0]
  const starts: number[] = []
  for (let at = 0; at + size < m; at += size - overlap) starts.push(at)
  return [...starts, m - size]
}

/** A tile of an image, and where it lies. */
export interface Tile {
  top: number
  left: number
  image: Batch
}

/** The tiles of one image, in raster order; a smaller image is its only tile. */
export function* tilesOf(image: Batch, tile: Required<TileOptions>): Generator<Tile> {
  const [, c, h, w] = image.shape
  const [th, tw] = [Math.min(h, tile.size), Math.min(w, tile.size)]
  for (const top of tileStarts(h, tile)) {
    for (const left of tileStarts(w, tile)) {
      const data = allocate(Float32Array, c * th * tw)
      for (let ch = 0; ch < c; ch++) {
        for (let y = 0; y < th; y++) {
          const from = (ch * h + top + y) * w + left
          data.set(image.data.subarray(from, from + tw), (ch * th + y) * tw)
        }
      }
      yield { top, left, image: { data, shape: [1, c, th, tw] } }
    }
  }
}

/** Averages the maps of tiles where they overlap. */
export class TileMerger {
  readonly #sum: Float64Array
  readonly #count: Uint32Array
  readonly #h: number
  readonly #w: number

  constructor(h: number, w: number) {
    this.#h = h
    this.#w = w
    this.#sum = allocate(Float64Array, h * w)
    this.#count = allocate(Uint32Array, h * w)
  }

  add(top: number, left: number, map: Batch): void {
    const [, , th, tw] = map.shape
    for (let y = 0; y < th; y++) {
      for (let x = 0; x < tw; x++) {
        const at = (top + y) * this.#w + left + x
        this.#sum[at] += map.data[y * tw + x]
        this.#count[at]++
      }
    }
  }

  finish(): Batch {
    const data = Float32Array.from(this.#sum, (sum, i) => sum / this.#count[i])
    return { data, shape: [1, 1, this.#h, this.#w] }
  }
}
