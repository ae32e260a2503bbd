/** `fit <folder>`: from good pictures to a model file. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Batch } from '../batch.js'
import { AnomalyDetector } from '../detector.js'
import { listPictures } from '../folder.js'
import { load } from '../load.js'
import type { FitCommand } from './arguments.js'
import { checkEnough, warningOf } from './calibration.js'
import { FitProgress } from './fit-progress.js'
import { checkFolder, checkNewModel, withoutHeatMaps } from './paths.js'
import { decodePicture, loadSharp, type PictureOptions, reasonOf } from './pictures.js'
import type { ProgressLine } from './progress.js'
import { survey } from './survey.js'

/** What `fit` says about itself. */
export interface FitSummary {
  model: string
  method: string
  images: number
  /** Pictures that couldn't be decoded. */
  unreadable: number
  /** Pictures of a size that the method can't take. */
  skipped: number
  channels: 1 | 3
  size: { w: number; h: number } | null
  calibration: number
  fpr: number
  threshold: number | null
  backend: string
  seconds: number
}

async function picturesOf(folder: string, line: ProgressLine): Promise<string[]> {
  const good = await listPictures(join(folder, 'train', 'good'))
  const files = withoutHeatMaps(good.length > 0 ? good : await listPictures(folder), line)
  if (files.length === 0) throw new Error(`${folder} holds no pictures, neither itself nor in train/good`)
  return files
}

/** Fits and writes the model. Pictures that can't be read are named and left out. */
export async function fit(command: FitCommand, line: ProgressLine): Promise<FitSummary> {
  const start = performance.now()
  await checkFolder(command.folder)
  await checkNewModel(command.model)
  await loadSharp()
  const all = await picturesOf(command.folder, line)
  const { files, channels, skipped, ...found } = await survey(all, command, line)
  const none = `none of ${all.length} pictures could be read${skipped > 0 ? ' and has a size for this method' : ''}`
  if (files.length === 0) throw new Error(none)
  checkEnough(command, files.length)
  const pictureOptions: PictureOptions = { channels, size: command.size, maxPixels: command.maxPixels }
  const progress = new FitProgress(line)
  let [images, unreadable] = [0, found.unreadable]
  async function* read(): AsyncGenerator<Batch> {
    for (const [i, file] of files.entries()) {
      progress.picture(i, files.length)
      try {
        yield await decodePicture(await readFile(file), pictureOptions)
        images++
      } catch (error) {
        unreadable++
        line.say(`${file}: ${reasonOf(error)}`)
      }
    }
    progress.picture(files.length, files.length)
    if (images === 0) throw new Error(none)
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
      info: { channels, size: command.size ?? null },
      onProgress: progress.stage,
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
      skipped,
      channels,
      size: command.size ?? null,
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
