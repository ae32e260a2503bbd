/** PNG and JPEG through sharp, an optional dependency that nothing but the program loads. */
import { open } from 'node:fs/promises'
import type { Sharp, SharpOptions } from 'sharp'
import type { Batch } from '../batch.js'

type SharpModule = (input: Uint8Array | string, options?: SharpOptions) => Sharp

/** The decoder, or what to do when it isn't there. */
export async function loadSharp(): Promise<SharpModule> {
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
const SIGNATURE_BYTES = 8

function checkSignature(bytes: Uint8Array): void {
  if (!signatures.some((signature) => signature.every((byte, i) => bytes[i] === byte)))
    throw new Error('a picture must be a PNG or JPEG file, by its first bytes')
}

/** What the header of a picture says; w and h as it is shown, which EXIF may turn. */
export interface Header {
  w: number
  h: number
  /** 1 for gray, else 3. */
  channels: 1 | 3
  hasAlpha: boolean
  /** Whether it has 16 bits per channel. */
  deep: boolean
}

/** @throws Error when the picture is larger than `maxPixels`, or its header damaged */
async function headerIn(sharp: SharpModule, picture: Uint8Array | string, maxPixels: number): Promise<Header> {
  // Nothing is decoded here, and sharp's own refusal names neither the size nor the limit.
  const {
    channels = 3,
    space,
    hasAlpha,
    depth,
    autoOrient,
  } = await decoding(sharp(picture, { limitInputPixels: false }).metadata())
  const { width: w, height: h } = autoOrient
  if (w * h > maxPixels)
    throw new Error(`${w} x ${h} pixels are above the pixel limit of ${maxPixels}: --max-pixels ${w * h} takes them`)
  const gray = channels <= 2 || space === 'b-w' || space === 'grey16'
  return { w, h, channels: gray ? 1 : 3, hasAlpha, deep: depth === 'ushort' }
}

/** The header of a picture's file; the pixels aren't read. */
export async function readHeader(file: string, maxPixels: number): Promise<Header> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(new Uint8Array(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0)
    checkSignature(buffer)
  } finally {
    await handle.close()
  }
  return headerIn(await loadSharp(), file, maxPixels)
}

/** Says of the decoder's errors what they mean: they speak of its functions. */
async function decoding<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new Error(`is cut short or damaged: ${reasonOf(error)}`)
  }
}

/**
 * Decodes a PNG or JPEG to [1, c, h, w] with pixels in [0, 1], of 16 bits where the file has them. Alpha is left out, and
 * the colors are taken as they are; orientation follows EXIF.
 *
 * @throws Error with what is wrong: not a picture, cut short, damaged, too large
 */
export async function decodePicture(bytes: Uint8Array, options: PictureOptions): Promise<Batch> {
  const { channels, size, maxPixels } = options
  checkSignature(bytes)
  const sharp = await loadSharp()
  const { hasAlpha, deep } = await headerIn(sharp, bytes, maxPixels)
  const format = deep ? formats.deep : formats.usual
  let pipeline = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' }).rotate().removeAlpha()
  if (size) {
    // Resizing weighs colors by alpha, even where it is to be removed: so it is removed before.
    if (hasAlpha) pipeline = await decoding(decoded(sharp, pipeline, format))
    pipeline = pipeline.resize(size.w, size.h, { fit: 'fill', kernel: 'linear' })
  }
  const { pixels, info } = await decoding(pixelsOf(pipeline, channels === 1 ? format.gray : format.color, format))
  const { width: w, height: h, channels: got } = info
  const out = new Float32Array(channels * h * w)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < h * w; i++) out[c * h * w + i] = pixels[i * got + Math.min(c, got - 1)] / format.white
  return { data: out, shape: [1, channels, h, w] }
}

/** How pixels of 8 and of 16 bits are asked for, and what is white among them. */
const formats = {
  usual: { gray: 'b-w', color: 'srgb', depth: 'uchar', white: 255 },
  deep: { gray: 'grey16', color: 'rgb16', depth: 'ushort', white: 65535 },
} as const
type Format = (typeof formats)[keyof typeof formats]

async function pixelsOf(pipeline: Sharp, space: string, { depth }: Format) {
  const { data, info } = await pipeline.toColorspace(space).raw({ depth }).toBuffer({ resolveWithObject: true })
  // A buffer of its own begins at an even address.
  const pixels = depth === 'uchar' ? data : new Uint16Array(Uint8Array.from(data).buffer)
  return { pixels, info }
}

/** The colors that a pipeline gives, as the input of another. */
async function decoded(sharp: SharpModule, pipeline: Sharp, format: Format): Promise<Sharp> {
  const { pixels, info } = await pixelsOf(pipeline, format.color, format)
  const { width, height, channels } = info
  return sharp(pixels as Uint8Array, { raw: { width, height, channels }, limitInputPixels: false })
}

/** Why a picture couldn't be read, on one line: the decoder's messages have several, and say things twice. */
export function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'EISDIR') return 'is a folder, not a picture'
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
