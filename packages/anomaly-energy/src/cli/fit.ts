/** `fit <folder>`: from good pictures to a model file. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Batch } from '../batch.js'
import { AnomalyDetector } from '../detector.js'
import type { DetectorOptions } from '../detector-options.js'
import { load } from '../load.js'
import { pictureFiles } from '../picture-files.js'
import type { FitCommand } from './arguments.js'
import { checkEnough, warningOf } from './calibration.js'
import { FitProgress } from './fit-progress.js'
import { checkFolder, checkNewModel, replaceFile, withoutHeatMaps } from './paths.js'
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
  /** Null without calibration, as the threshold is. */
  fpr: number | null
  threshold: number | null
  backend: string
  seconds: number
}

async function picturesOf(folder: string, line: ProgressLine): Promise<string[]> {
  const good = await pictureFiles(join(folder, 'train', 'good'))
  const files = withoutHeatMaps(good.length > 0 ? good : await pictureFiles(folder), line)
  if (files.length === 0) throw new Error(`${folder} holds no pictures, neither itself nor in train/good`)
  return files
}

/** How many pictures the fit got so far, and how many couldn't be decoded. */
interface Counts {
  images: number
  unreadable: number
}

/** Pictures one by one, as the fit asks for them. Those that can't be decoded are named and left out. */
async function* readPictures(
  files: readonly string[],
  options: PictureOptions,
  counts: Counts,
  progress: FitProgress,
  line: ProgressLine,
): AsyncGenerator<Batch> {
  for (const [i, file] of files.entries()) {
    progress.picture(i, files.length)
    try {
      const picture = await decodePicture(await readFile(file), options)
      counts.images++
      yield picture
    } catch (error) {
      counts.unreadable++
      line.say(`${file}: ${reasonOf(error)}`)
    }
  }
  progress.picture(files.length, files.length)
}

/** The options of the command line as the detector's. */
function detectorOptions(command: FitCommand, channels: 1 | 3, { stage }: FitProgress): DetectorOptions {
  const { method, seed, calibration, fpr, size, tile, iterations } = command
  return {
    method,
    seed,
    calibration,
    fpr,
    tile: tile === undefined ? undefined : { size: tile },
    conv: iterations === undefined ? undefined : { iterations },
    info: { channels, size: size ?? null },
    onProgress: stage,
  }
}

/** Fits and writes the model. Pictures that can't be read, or that the method can't take, are named and left out. */
export async function fit(command: FitCommand, line: ProgressLine): Promise<FitSummary> {
  const start = performance.now()
  const { method, model, size, maxPixels } = command
  await checkFolder(command.folder)
  await checkNewModel(model)
  await loadSharp()
  const all = await picturesOf(command.folder, line)
  const { files, channels, skipped, unreadable } = await survey(all, command, line)
  const none = `none of ${all.length} pictures could be read${skipped > 0 ? ' and has a size for this method' : ''}`
  if (files.length === 0) throw new Error(none)
  checkEnough(command, files.length)
  const counts: Counts = { images: 0, unreadable }
  const progress = new FitProgress(line)
  const pictures = readPictures(files, { channels, size, maxPixels }, counts, progress, line)
  const kernel = await load({ backend: command.backend })
  try {
    const detector = await AnomalyDetector.fit(kernel, pictures, detectorOptions(command, channels, progress)).catch(
      (error: unknown) => {
        throw counts.images === 0 ? new Error(none) : error
      },
    )
    const warning = warningOf(command, detector)
    await replaceFile(model, detector.toBytes())
    if (warning !== undefined) line.say(warning)
    const { calibrator } = detector
    return {
      model,
      method,
      ...counts,
      skipped,
      channels,
      size: size ?? null,
      calibration: calibrator?.n ?? 0,
      fpr: calibrator ? detector.fpr : null,
      threshold: calibrator?.threshold(detector.fpr) ?? null,
      backend: kernel.backend,
      seconds: Math.round(performance.now() - start) / 1000,
    }
  } finally {
    line.clear()
    kernel.dispose()
  }
}
