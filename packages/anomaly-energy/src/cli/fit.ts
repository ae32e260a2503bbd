/** `fit <folder>`: from good pictures to a model file. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Batch } from '../batch.js'
import { AnomalyDetector } from '../detector.js'
import { listPictures } from '../folder.js'
import { load } from '../load.js'
import type { FitCommand } from './arguments.js'
import { checkEnough, warningOf } from './calibration.js'
import { channelsOf, decodePicture, type PictureOptions, reasonOf } from './pictures.js'
import type { ProgressLine } from './progress.js'

/** What `fit` says about itself. */
export interface FitSummary {
  model: string
  method: string
  images: number
  unreadable: number
  calibration: number
  fpr: number
  threshold: number | null
  backend: string
  seconds: number
}

async function picturesOf(folder: string): Promise<string[]> {
  const good = await listPictures(join(folder, 'train', 'good'))
  const files = good.length > 0 ? good : await listPictures(folder)
  if (files.length === 0) throw new Error(`${folder} holds no pictures, neither itself nor in train/good`)
  return files
}

/** Channels of the first picture that can be read: all others are read alike. */
async function channelsFor(files: string[], { gray, maxPixels }: FitCommand): Promise<1 | 3> {
  if (gray) return 1
  for (const file of files) {
    try {
      return await channelsOf(await readFile(file), maxPixels)
    } catch {
      // It is named when its turn comes.
    }
  }
  return 3
}

/** Fits and writes the model. Pictures that can't be read are named and left out. */
export async function fit(command: FitCommand, line: ProgressLine): Promise<FitSummary> {
  const start = performance.now()
  const files = await picturesOf(command.folder)
  checkEnough(command, files.length)
  const pictureOptions: PictureOptions = {
    channels: await channelsFor(files, command),
    size: command.size,
    maxPixels: command.maxPixels,
  }
  let [images, unreadable] = [0, 0]
  async function* read(): AsyncGenerator<Batch> {
    for (const [i, file] of files.entries()) {
      line.show('read', i, files.length)
      try {
        yield await decodePicture(await readFile(file), pictureOptions)
        images++
      } catch (error) {
        unreadable++
        line.say(`${file}: ${reasonOf(error)}`)
      }
    }
  }
  const kernel = await load({ backend: command.backend })
  try {
    const { method, seed, calibration, fpr, tile, iterations } = command
    const detector = await AnomalyDetector.fit(kernel, read(), {
      method,
      seed,
      calibration,
      fpr,
      tile: tile === undefined ? undefined : { size: tile },
      conv: iterations === undefined ? undefined : { iterations },
      info: { channels: pictureOptions.channels, size: command.size ?? null },
      onProgress: ({ phase, done, total }) => line.show(phase, done, total),
    })
    const warning = warningOf(command, detector)
    await writeFile(command.model, detector.toBytes())
    if (warning !== undefined) line.say(warning)
    const { calibrator } = detector
    return {
      model: command.model,
      method,
      images,
      unreadable,
      calibration: calibrator?.n ?? 0,
      fpr: detector.fpr,
      threshold: calibrator?.threshold(detector.fpr) ?? null,
      backend: kernel.backend,
      seconds: Math.round(performance.now() - start) / 1000,
    }
  } finally {
    line.clear()
    kernel.dispose()
  }
}
