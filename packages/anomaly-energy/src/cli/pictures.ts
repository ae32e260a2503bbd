/** PNG and JPEG through sharp, an optional dependency that nothing but the program loads. */
import type { Sharp, SharpOptions } from 'sharp'
import type { Batch } from '../batch.js'

type SharpModule = (input: Uint8Array, options?: SharpOptions) => Sharp

/** The decoder, or what to do when it isn't there. */
async function loadSharp(): Promise<SharpModule> {
  try {
    return (await import('sharp')).default as unknown as SharpModule
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new Error(`pictures are read by the package sharp, which doesn't load; npm install sharp\n  ${why}`)
  }
}

export interface PictureOptions {
  /** 1: luminance; 3: red, green, blue. */
  channels: 1 | 3
  size: { w: number; h: number } | undefined
  /** Larger images are refused before they are decoded. */
  maxPixels: number
}

/** First bytes. No other format gets to the decoder: it knows dozens. */
const signatures = [
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  [0xff, 0xd8, 0xff],
]

function checkSignature(bytes: Uint8Array): void {
  if (!signatures.some((signature) => signature.every((byte, i) => bytes[i] === byte)))
    throw new Error('a picture must be a PNG or JPEG file, by its first bytes')
}

/** How many channels a picture has: 1 for gray, else 3. Reads its header only. */
export async function channelsOf(bytes: Uint8Array, maxPixels: number): Promise<1 | 3> {
  checkSignature(bytes)
  const sharp = await loadSharp()
  const { channels = 3, space } = await sharp(bytes, { limitInputPixels: maxPixels }).metadata()
  return channels <= 2 || space === 'b-w' ? 1 : 3
}

/**
 * Decodes a PNG or JPEG to [1, c, h, w] with pixels in [0, 1]. Alpha is laid over black; orientation follows EXIF.
 *
 * @throws Error with what is wrong: not a picture, cut short, damaged, too large
 */
export async function decodePicture(bytes: Uint8Array, options: PictureOptions): Promise<Batch> {
  const { channels, size, maxPixels } = options
  checkSignature(bytes)
  const sharp = await loadSharp()
  let pipeline = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
    .rotate()
    .flatten({ background: '#000' })
    .toColorspace(channels === 1 ? 'b-w' : 'srgb')
  if (size) pipeline = pipeline.resize(size.w, size.h, { fit: 'fill', kernel: 'linear' })
  const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  const { width: w, height: h, channels: got } = info
  const out = new Float32Array(channels * h * w)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < h * w; i++) out[c * h * w + i] = data[i * got + Math.min(c, got - 1)] / 255
  return { data: out, shape: [1, channels, h, w] }
}

/** Why a picture couldn't be read, on one line: the decoder's messages have several, and say things twice. */
export function reasonOf(error: unknown): string {
  const lines = (error as Error).message.split('\n').map((line) => line.trim().replace(/:$/, ''))
  return [...new Set(lines)].filter((line) => line !== '').join('; ')
}

/** RGBA bytes as a PNG. */
export async function encodePng(rgba: Uint8ClampedArray, w: number, h: number): Promise<Uint8Array> {
  const sharp = await loadSharp()
  const bytes = new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.length)
  return sharp(bytes, { raw: { width: w, height: h, channels: 4 } })
    .png()
    .toBuffer()
}
