/** What lies at the paths of a command line, looked at before any work begins. */
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError } from '@ukernels/runtime'
import { AnomalyDetector } from '../detector.js'
import type { AnomalyEnergyKernel } from '../kernel.js'
import { HEAT_MAP, isHeatMap } from '../picture-files.js'
import type { ProgressLine } from './progress.js'

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'nothing'
    throw error
  }
}

/** @throws Error where there is no such folder */
export async function checkFolder(path: string): Promise<void> {
  const kind = await kindOf(path)
  if (kind === 'nothing') throw new Error(`${path} doesn't exist`)
  if (kind === 'file') throw new Error(`${path} is a file, not a folder`)
}

/** @throws Error where no model can be written */
export async function checkNewModel(path: string): Promise<void> {
  if ((await kindOf(path)) === 'folder') throw new Error(`--model ${path} is a folder, not a file`)
  await checkFolder(dirname(path)).catch((error: Error) => {
    throw new Error(`--model ${path}: ${error.message}`)
  })
}

/**
 * Writes a file whole or not at all: what lay there stays until the new one is complete. Links are followed; what isn't a
 * file, such as a pipe, is written to as it is.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const known = await stat(target).catch(() => undefined)
  if (known && !known.isFile()) return writeFile(target, bytes)
  const unfinished = `${target}.${process.pid}.tmp`
  try {
    await writeFile(unfinished, bytes, { mode: known?.mode })
    await rename(unfinished, target)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** @throws Error where no folder can be made */
export async function checkNewFolder(path: string): Promise<void> {
  if ((await kindOf(path)) === 'file') throw new Error(`--out ${path} is a file, not a folder`)
}

/**
 * Makes a folder and those above it that are missing. `mkdir` with `recursive` tries forever where a folder is there and
 * takes no others, as /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  if ((await kindOf(path)) !== 'nothing') return
  await makeFolder(dirname(path))
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new Error(`--out ${path} can't be made: ${error.code}`)
  })
}

/** @throws Error where no detector can be read */
export async function readDetector(kernel: AnomalyEnergyKernel, path: string): Promise<AnomalyDetector> {
  const kind = await kindOf(path)
  if (kind === 'nothing') throw new Error(`${path} doesn't exist`)
  if (kind === 'folder') throw new Error(`${path} is a folder, not a model`)
  try {
    return AnomalyDetector.fromBytes(kernel, await readFile(path))
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new Error(`${path} is not a model of ukernels-anomaly-energy: ${error.message}`)
  }
}

/** Pictures without the heat maps of earlier runs, which are left out with a word. */
export function withoutHeatMaps(files: readonly string[], line: ProgressLine): string[] {
  const pictures = files.filter((file) => !isHeatMap(file))
  const n = files.length - pictures.length
  if (n > 0) line.say(`left out ${n} heat ${n === 1 ? 'map' : 'maps'} (*${HEAT_MAP})`)
  return pictures
}
