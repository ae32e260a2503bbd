/** Damaged picture files: each is named as unreadable or read, and the others go on. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AnomalyDetector, load } from '@ukernels/anomaly-energy'
import { crc32 } from '@ukernels/runtime'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodePicture, encodePng } from '../src/cli/pictures.js'
import { listPictures, readImages } from '../src/folder.js'
import { images, uniform } from './support.js'

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'anomaly-energy-fuzz-'))
const at = (...parts: string[]) => join(folder, ...parts)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SIDE = 9
const OPTIONS = { channels: 1, size: undefined, maxPixels: 1e6 } as const

const pixels = Uint8ClampedArray.from(uniform(4 * SIDE * SIDE, 3, 90, 160), (v, i) => (i % 4 === 3 ? 255 : v))
// Not Buffers: a slice of those is a view.
const whole: Record<'png' | 'jpg', Uint8Array> = {
  png: Uint8Array.from(await encodePng(pixels, SIDE, SIDE)),
  jpg: Uint8Array.from(
    await sharp(new Uint8Array(pixels), { raw: { width: SIDE, height: SIDE, channels: 4 } })
      .jpeg({ quality: 40 })
      .toBuffer(),
  ),
}

/** A small PNG that says it has these sides. */
function bomb(w: number, h: number): Uint8Array {
  const bytes = whole.png.slice()
  const view = new DataView(bytes.buffer)
  view.setUint32(16, w)
  view.setUint32(20, h)
  view.setUint32(29, crc32(bytes.subarray(12, 29)))
  return bytes
}

interface Line {
  image: string
  error?: string
  score?: number
}

function inspect(files: readonly string[]) {
  const args = [program, 'inspect', at('model.ukae'), ...files, '--no-maps', '--max-pixels', '1000000']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  return {
    status,
    stderr,
    lines: stdout
      .trim()
      .split('\n')
      .map((line): Line => JSON.parse(line)),
  }
}

/** Writes files, the whole one first and last; returns their paths. */
function written(name: string, all: readonly Uint8Array[]): string[] {
  mkdirSync(at(name), { recursive: true })
  return [whole.png, ...all, whole.png].map((bytes, i) => {
    const file = at(name, `${String(i).padStart(5, '0')}.png`)
    writeFileSync(file, bytes)
    return file
  })
}

function checkLines({ status, stderr, lines }: ReturnType<typeof inspect>, files: readonly string[]): Line[] {
  expect(lines.map(({ image }) => image)).toEqual(files)
  const failed = lines.filter(({ error }) => error !== undefined)
  for (const { image, error } of failed) {
    expect(error).toMatch(/\S/)
    expect(error).not.toMatch(/undefined|\[object|\n/)
    expect(stderr).toContain(`${image}: `)
  }
  for (const { error, score } of lines) if (error === undefined) expect(Number.isFinite(score)).toBe(true)
  expect(status).toBe(failed.length > 0 ? 1 : 0)
  for (const line of [lines[0], lines[lines.length - 1]]) expect(line.error).toBeUndefined()
  return failed
}

describe('damaged pictures', () => {
  beforeAll(async () => {
    const kernel = await load()
    const detector = await AnomalyDetector.fit(kernel, images([20, 1, SIDE, SIDE], 5), {
      seed: 0,
      info: { channels: 1 },
    })
    writeFileSync(at('model.ukae'), detector.toBytes())
    kernel.dispose()
  })

  it.each(['png', 'jpg'] as const)(
    'every beginning of a %s',
    (kind) => {
      const bytes = whole[kind]
      const cuts = Array.from(bytes, (_, length) => bytes.subarray(0, length))
      const files = written(`cut-${kind}`, cuts)
      const failed = checkLines(inspect(files), files)
      // The last bytes only say that it ends: a decoder may do without.
      expect(failed.length).toBeGreaterThanOrEqual(cuts.length - 16)
    },
    120_000,
  )

  it.each(['png', 'jpg'] as const)(
    'two thousand flipped bits of a %s',
    async (kind) => {
      const bytes = whole[kind]
      const draws = uniform(4000, 11)
      let refused = 0
      for (let i = 0; i < 2000; i++) {
        const wrong = bytes.slice()
        wrong[Math.floor(draws[2 * i] * bytes.length)] ^= 1 << Math.floor(8 * draws[2 * i + 1])
        const found = await decodePicture(wrong, OPTIONS).catch((error: unknown) => error)
        if (found instanceof Error) {
          expect(found.message).toMatch(/\S/)
          refused++
        } else {
          const { data, shape } = found as Awaited<ReturnType<typeof decodePicture>>
          expect(data.length).toBe(shape[2] * shape[3])
          expect(data.length).toBeLessThanOrEqual(OPTIONS.maxPixels)
          expect(data.every((v) => v >= 0 && v <= 1)).toBe(true)
        }
      }
      expect(refused).toBeGreaterThan(200)
    },
    120_000,
  )

  it('bombs, foreign formats and what is no file', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    const tiff = await sharp(whole.png).tiff().toBuffer()
    const bad = [
      bomb(100_000, 100_000),
      bomb(2 ** 31 - 1, 2 ** 31 - 1),
      bomb(0, 5),
      new Uint8Array(0),
      Buffer.from(svg),
      tiff,
    ]
    const files = written('bad', bad)
    mkdirSync(at('bad', 'folder.png'))
    const all = [...files.slice(0, -1), at('bad', 'folder.png'), at('nowhere.png'), files[files.length - 1]]
    const failed = checkLines(inspect(all), all)
    expect(failed.length).toBe(bad.length + 2)
    const [big, , , , , foreign, directory, missing] = failed.map(({ error }) => error)
    expect(big).toContain('pixel limit')
    expect(foreign).toContain('PNG or JPEG')
    expect(directory).toBe('is a folder, not a picture')
    expect(missing).toContain('ENOENT')
  }, 60_000)

  it('a fit leaves them out, names them, and says so by its exit code', async () => {
    const fine = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        encodePng(
          Uint8ClampedArray.from(uniform(4 * SIDE * SIDE, i, 90, 160), (v, j) => (j % 4 === 3 ? 255 : v)),
          SIDE,
          SIDE,
        ),
      ),
    )
    const cut = whole.jpg.subarray(0, whole.jpg.length >> 1)
    const files = written('parts', [...fine, bomb(60_000, 60_000), cut])
    const args = [program, 'fit', at('parts'), '--model', at('parts.ukae'), '--max-pixels', '1000000']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ images: 26, unreadable: 2 })
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.split(': ')[0]),
    ).toEqual([...files.slice(25, 27), 'warning'])
    const paths = await listPictures(at('parts'))
    const read = async () => {
      const seen: number[] = []
      for await (const { shape } of readImages(paths, (bytes) => decodePicture(bytes, OPTIONS))) seen.push(shape[2])
      return seen
    }
    await expect(read()).rejects.toThrow('pixel limit')
  }, 60_000)
})
