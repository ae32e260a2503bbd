/** `inspect <model> <images…>`: a line of JSON and a heat map per picture. */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { AnomalyDetector } from '../detector.js'
import type { AnomalyEnergyKernel } from '../kernel.js'
import { load } from '../load.js'
import { HEAT_MAP } from '../picture-files.js'
import { type InspectCommand, UsageError } from './arguments.js'
import { checkNewFolder, makeFolder, readDetector, withoutHeatMaps } from './paths.js'
import { decodePicture, encodePng, loadSharp, type PictureOptions, reasonOf } from './pictures.js'
import type { ProgressLine } from './progress.js'

/** What is printed for a picture. */
export type InspectLine =
  | { image: string; score: number; pValue: number | null; isAnomalous: boolean; map?: string }
  | { image: string; error: string }

/** Names of heat maps, none twice in a folder. */
function mapNames(images: readonly string[], out: string | undefined): string[] {
  const taken = new Set<string>()
  return images.map((image) => {
    const stem = join(out ?? dirname(image), basename(image, extname(image)))
    let name = `${stem}${HEAT_MAP}`
    for (let i = 2; taken.has(name); i++) name = `${stem}-${i}${HEAT_MAP}`
    taken.add(name)
    return name
  })
}

/** Inspects every picture; of one that can't be read `print` gets the error, and the others go on. @returns how many failed */
export async function inspect(
  command: InspectCommand,
  line: ProgressLine,
  print: (result: InspectLine) => void,
): Promise<number> {
  const { maps, out } = command
  const images = withoutHeatMaps(command.images, line)
  if (images.length === 0) throw new UsageError('inspect takes at least one image that is no heat map')
  if (maps && out !== undefined) await checkNewFolder(out)
  await loadSharp()
  const kernel = await load({ backend: command.backend })
  try {
    const detector = await readDetector(kernel, command.model)
    if (maps && out !== undefined) await makeFolder(out)
    const names = mapNames(images, out)
    let failed = 0
    for (const [i, image] of images.entries()) {
      line.show('inspect', i, images.length, ` ${image}`)
      const result = await inspectOne(kernel, detector, command, image, maps ? names[i] : undefined)
      line.clear()
      print(result)
      if ('error' in result) failed++
    }
    return failed
  } finally {
    line.clear()
    kernel.dispose()
  }
}

/** How `fit` read its pictures. */
function pictureOptions({ info }: AnomalyDetector): Omit<PictureOptions, 'maxPixels'> {
  const { channels, size } = info as { channels?: unknown; size?: { w?: unknown; h?: unknown } | null }
  const isSide = (v: unknown): v is number => Number.isInteger(v) && (v as number) > 0 && (v as number) < 1e5
  return {
    channels: channels === 3 ? 3 : 1,
    size: isSide(size?.w) && isSide(size?.h) ? { w: size.w, h: size.h } : undefined,
  }
}

async function inspectOne(
  kernel: AnomalyEnergyKernel,
  detector: AnomalyDetector,
  { maxPixels }: InspectCommand,
  image: string,
  mapFile: string | undefined,
): Promise<InspectLine> {
  try {
    const picture = await decodePicture(await readFile(image), { ...pictureOptions(detector), maxPixels })
    const { score, map, pValue, isAnomalous } = detector.predict(picture)
    const line = { image, score, pValue: Number.isNaN(pValue) ? null : pValue, isAnomalous }
    if (mapFile === undefined) return line
    // Good images stay in the lower half of the colors.
    const peak = detector.mapPeak
    const rgba = kernel.toRgba(map, peak === undefined ? {} : { lo: 0, hi: Math.max(2 * peak, 1e-30) })
    await writeFile(mapFile, await encodePng(rgba, map.shape[3], map.shape[2]))
    return { ...line, map: mapFile }
  } catch (error) {
    return { image, error: reasonOf(error) }
  }
}
