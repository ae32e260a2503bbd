/** Six kinds of defects, drawn into a crop. */
import type { Draws } from './draws.js'

export type DefectKind = 'scratch' | 'stain' | 'blur' | 'swap' | 'noise' | 'shuffle'
/** In the order of the protocol. */
export const defectKinds: readonly DefectKind[] = ['scratch', 'stain', 'blur', 'swap', 'noise', 'shuffle']

/** A crop and its mask, both changed by drawing. */
export interface Canvas {
  x: Float32Array
  size: number
  mask: Uint8Array
}

/** What some defects are made of. */
export interface Sources {
  /** A crop of another texture. */
  foreign: () => Float32Array
  /** This crop, blurred. */
  blurred: () => Float32Array
}

/** Sizes of the protocol are for crops of 64 and scale with them. */
const REFERENCE_SIZE = 64

/** The pixels of the mask, in raster order. */
function mark({ size, mask }: Canvas, inside: (x: number, y: number) => boolean): number[] {
  const pixels: number[] = []
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!inside(x, y)) continue
      mask[y * size + x] = 1
      pixels.push(y * size + x)
    }
  }
  return pixels
}

const clip = (v: number) => Math.min(1, Math.max(0, v))

function scratch(canvas: Canvas, draws: Draws): void {
  const s = canvas.size / REFERENCE_SIZE
  // A direction of uniform angle, without sine and cosine: those differ between engines.
  const [a, b] = [draws.normal(), draws.normal()]
  const norm = Math.sqrt(a * a + b * b)
  const [c, d] = [a / norm, b / norm]
  const [cx, cy] = [draws.uniform(16 * s, 48 * s), draws.uniform(16 * s, 48 * s)]
  const length = draws.uniform(14 * s, 26 * s)
  const width = draws.uniform(s, 2 * s)
  const sign = draws.below(2) === 0 ? -1 : 1
  const pixels = mark(canvas, (x, y) => {
    const u = (x - cx) * c + (y - cy) * d
    const v = -(x - cx) * d + (y - cy) * c
    return Math.abs(u) < length && Math.abs(v) < width
  })
  for (const i of pixels) canvas.x[i] = clip(canvas.x[i] + 0.35 * sign)
}

/** An ellipse of its own place and size. */
function ellipse(canvas: Canvas, draws: Draws): number[] {
  const s = canvas.size / REFERENCE_SIZE
  const [cx, cy] = [draws.uniform(14 * s, 50 * s), draws.uniform(14 * s, 50 * s)]
  const [rx, ry] = [draws.uniform(5 * s, 11 * s), draws.uniform(5 * s, 11 * s)]
  return mark(canvas, (x, y) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1)
}

/** Mean and standard deviation (÷ n) of some pixels. */
function moments(x: Float32Array, pixels: readonly number[]): { mean: number; std: number } {
  const mean = pixels.reduce((sum, i) => sum + x[i], 0) / pixels.length
  const square = pixels.reduce((sum, i) => sum + (x[i] - mean) ** 2, 0) / pixels.length
  return { mean, std: Math.sqrt(square) }
}

/** Pixels of a foreign texture with this one's mean and contrast. */
function swap({ x }: Canvas, pixels: readonly number[], foreign: Float32Array): void {
  const [from, to] = [moments(foreign, pixels), moments(x, pixels)]
  for (const i of pixels) x[i] = clip(((foreign[i] - from.mean) / (from.std + 1e-6)) * to.std + to.mean)
}

/** The pixels in another order. */
function shuffle({ x }: Canvas, pixels: readonly number[], draws: Draws): void {
  const values = pixels.map((i) => x[i])
  for (let i = values.length - 1; i > 0; i--) {
    const j = draws.below(i + 1)
    ;[values[i], values[j]] = [values[j], values[i]]
  }
  pixels.forEach((i, k) => {
    x[i] = values[k]
  })
}

/** Draws a defect of a kind. */
export function draw(kind: DefectKind, canvas: Canvas, draws: Draws, { foreign, blurred }: Sources): void {
  if (kind === 'scratch') {
    scratch(canvas, draws)
    return
  }
  const { x } = canvas
  const pixels = ellipse(canvas, draws)
  switch (kind) {
    case 'stain':
      for (const i of pixels) x[i] *= 0.6
      return
    case 'blur': {
      const soft = blurred()
      for (const i of pixels) x[i] = soft[i]
      return
    }
    case 'noise':
      for (const i of pixels) x[i] = clip(x[i] + 0.15 * draws.normal())
      return
    case 'swap':
      swap(canvas, pixels, foreign())
      return
    case 'shuffle':
      shuffle(canvas, pixels, draws)
  }
}
