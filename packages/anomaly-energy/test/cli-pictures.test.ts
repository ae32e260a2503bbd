/** What the program makes of pictures that differ: color, size, alpha. */
import { mkdirSync, writeFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodePicture } from '../src/cli/pictures.js'
import { run, temporaryFolder } from './cli-support.js'
import { uniform } from './support.js'

const at = temporaryFolder()

/** A PNG of noise with 1 (gray) to 4 (alpha) channels. */
const png = (w: number, h: number, channels: 1 | 2 | 3 | 4, seed = 1): Promise<Uint8Array> =>
  sharp(Uint8Array.from(uniform(w * h * channels, seed, 90, 160)), { raw: { width: w, height: h, channels } })
    .toColorspace(channels <= 2 ? 'b-w' : 'srgb')
    .png()
    .toBuffer()

/** A folder of pictures. @returns its path and theirs */
async function folderOf(name: string, all: readonly (Uint8Array | Promise<Uint8Array>)[]) {
  mkdirSync(at(name))
  const files: string[] = []
  for (const [i, bytes] of all.entries()) {
    files.push(at(name, `${String(i).padStart(2, '0')}.png`))
    writeFileSync(files[i], await bytes)
  }
  return { folder: at(name), files }
}

const many = (n: number, w = 16, h = 16, channels: 1 | 3 = 3) =>
  Array.from({ length: n }, (_, i) => png(w, h, channels, i))

describe('color', () => {
  it('is taken if any picture has it, whichever comes first; luminance is asked for', async () => {
    const { folder } = await folderOf('mixed', [...many(20, 16, 16, 1), ...many(3)])
    const mixed = run('fit', folder, '--model', at('mixed.ukae'))
    expect(JSON.parse(mixed.stdout)).toMatchObject({ images: 23, channels: 3, size: null })
    const gray = run('fit', folder, '--model', at('gray.ukae'), '--gray', '--size', '12x10')
    expect(JSON.parse(gray.stdout)).toMatchObject({ images: 23, channels: 1, size: { w: 12, h: 10 } })
    const { folder: without } = await folderOf('without', many(23, 16, 16, 1))
    expect(JSON.parse(run('fit', without, '--model', at('gray.ukae')).stdout)).toMatchObject({ channels: 1 })
  }, 60_000)
})

describe('sizes', () => {
  it('below a patch are named and left out', async () => {
    const { folder, files } = await folderOf('small', [png(16, 6, 3), ...many(25)])
    const { status, stdout, stderr } = run('fit', folder, '--model', at('small.ukae'))
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ images: 25, unreadable: 0, skipped: 1 })
    expect(stderr).toContain(`${files[0]}: 16 x 6 pixels are less than a patch of 7 x 7: see --size\n`)
    const resized = run('fit', folder, '--model', at('small.ukae'), '--size', '16x16')
    expect(resized.status).toBe(0)
    expect(JSON.parse(resized.stdout)).toMatchObject({ images: 26, skipped: 0 })
  }, 60_000)

  it.each(['padim', 'fre', 'conv-ebm'])(
    'that most do not have are named and left out by %s',
    async (method) => {
      const { folder, files } = await folderOf(method, [png(16, 20, 3), ...many(24), png(24, 16, 3)])
      const args = ['fit', folder, '--model', at('sizes.ukae'), '--method', method]
      if (method === 'conv-ebm') args.push('--iterations', '1')
      const { status, stdout, stderr } = run(...args)
      expect(status).toBe(1)
      expect(JSON.parse(stdout)).toMatchObject({ images: 24, skipped: 2 })
      for (const [file, sides] of [
        [files[0], '16 x 20'],
        [files[25], '24 x 16'],
      ])
        expect(stderr).toContain(
          `${file}: ${method} takes pictures of one size, most have 16 x 16 pixels, got ${sides}: see --size and --tile\n`,
        )
      const tiled = run(...args, '--tile', '16')
      expect(tiled.status).toBe(0)
      expect(JSON.parse(tiled.stdout)).toMatchObject({ images: 26, skipped: 0 })
    },
    60_000,
  )

  it('may differ under the other methods', async () => {
    const { folder } = await folderOf('differ', [png(16, 20, 3), ...many(24)])
    for (const method of ['patch-energy', 'patchcore', 'gaussian']) {
      const { status, stdout } = run('fit', folder, '--model', at('sizes.ukae'), '--method', method)
      expect(status).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ images: 25, skipped: 0 })
    }
  }, 60_000)
})

describe('what the program says of', () => {
  it('a folder of which nothing can be read', async () => {
    const cut = (await png(16, 16, 3)).subarray(0, 300)
    const { folder } = await folderOf('cut', [cut, cut, new Uint8Array(0)])
    const { status, stdout, stderr } = run('fit', folder, '--model', at('cut.ukae'))
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('none of 3 pictures could be read')
  })

  it('a damaged picture and one too large', async () => {
    const options = { channels: 3, size: undefined, maxPixels: 100 } as const
    const whole = await png(9, 10, 3)
    await expect(decodePicture(whole.slice(0, 200), options)).rejects.toThrow(/^is cut short or damaged: \S/)
    await expect(decodePicture(await png(16, 9, 3), options)).rejects.toThrow(
      '16 x 9 pixels are above the pixel limit of 100: --max-pixels 144 takes them',
    )
  })
})

describe('16 bits', () => {
  /** A PNG of 16 bits per channel. */
  const deep = (data: Uint16Array, channels: 1 | 3 | 4) =>
    sharp(data, { raw: { width: 8, height: 6, channels } })
      .toColorspace(channels === 1 ? 'grey16' : 'rgb16')
      .png()
      .toBuffer()

  it.each([1, 3, 4] as const)('are kept, with %i channels', async (channels) => {
    const data = Uint16Array.from({ length: 48 * channels }, (_, i) =>
      channels === 4 && i % 4 === 3 ? 65535 : 30000 + 7 * i,
    )
    const used = channels === 1 ? 1 : 3
    const picture = await decodePicture(await deep(data, channels), { channels: used, size: undefined, maxPixels: 100 })
    const expected = Float32Array.from(
      { length: 48 * used },
      (_, i) => data[(i % 48) * channels + Math.floor(i / 48)] / 65535,
    )
    expect(picture.shape).toEqual([1, used, 6, 8])
    expect(picture.data).toEqual(expected)
  })

  it('are kept when the picture is resized', async () => {
    const data = new Uint16Array(48 * 4).fill(30003)
    for (const channels of [1, 3, 4] as const) {
      const options = { channels: 1, size: { w: 3, h: 3 }, maxPixels: 100 } as const
      const picture = await decodePicture(await deep(data.subarray(0, 48 * channels), channels), options)
      // Half of what 8 bits tell apart.
      for (const v of picture.data) expect(Math.abs(v * 65535 - 30003)).toBeLessThan(128)
      expect(new Set(picture.data).size).toBe(1)
      expect(Number.isInteger(picture.data[0] * 255)).toBe(false)
    }
  })
})

describe('alpha', () => {
  it.each([undefined, { w: 4, h: 3 }])(
    'is left out: the colors are what they are, resized to %o or not',
    async (size) => {
      const rgb = uniform(9 * 8 * 3, 4, 0, 256)
      const opaque = Uint8Array.from(rgb)
      const alpha = uniform(9 * 8, 5, 0, 256)
      const veiled = Uint8Array.from({ length: 9 * 8 * 4 }, (_, i) =>
        i % 4 === 3 ? (i % 8 === 3 ? 0 : alpha[i >> 2]) : rgb[(i >> 2) * 3 + (i % 4)],
      )
      const encoded = (data: Uint8Array, channels: 3 | 4) =>
        sharp(data, { raw: { width: 9, height: 8, channels } })
          .png()
          .toBuffer()
      for (const channels of [1, 3] as const) {
        const options = { channels, size, maxPixels: 100 }
        const seen = await decodePicture(await encoded(veiled, 4), options)
        const expected = await decodePicture(await encoded(opaque, 3), options)
        expect(seen.shape).toEqual(expected.shape)
        expect(seen.data).toEqual(expected.data)
      }
    },
  )
})
