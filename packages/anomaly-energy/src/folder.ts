/**
 * Data sets in folders, laid out as MVTec AD and VisA are (Node, Bun, Deno):
 * `train/good`, `test/<defect>` with `test/good` among them, `ground_truth/<defect>` with a mask per defective image.
 */
import { readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { rangeError } from '@ukernels/runtime'
import { type Batch, masksOf } from './batch.js'
import { foldersIn, isHeatMap, pictureFiles } from './picture-files.js'

/** One image of a data set. */
export interface DatasetEntry {
  /** The file. */
  path: string
  /** `'good'`, or the name of its defect. */
  defect: string
  /** Its mask, where there is one. */
  mask?: string
}
export interface Dataset {
  train: DatasetEntry[]
  test: DatasetEntry[]
}

/** Turns a file's bytes into one image with pixels in [0, 1]. */
export type Decode = (bytes: Uint8Array, path: string) => Promise<Batch> | Batch

const GOOD = 'good'
/** The pictures in a folder itself, sorted by name; `*.heat.png`, the heat maps of `inspect`, are left out. */
export async function listPictures(folder: string): Promise<string[]> {
  return (await pictureFiles(folder)).filter((file) => !isHeatMap(file))
}

/** Masks by the stem of their image: `<stem>_mask.png` or `<stem>.png`. */
async function maskFiles(folder: string): Promise<Map<string, string>> {
  const files = await listPictures(folder)
  return new Map(files.map((file) => [basename(file, extname(file)).replace(/_mask$/, ''), file]))
}

/**
 * What a data set holds; nothing is read but the folders.
 *
 * @param root - the folder of one category, e.g. `mvtec/bottle`
 * @throws RangeError when there are no pictures in `train/good`
 */
export async function listDataset(root: string): Promise<Dataset> {
  const train = (await listPictures(join(root, 'train', GOOD))).map((path) => ({ path, defect: GOOD }))
  if (train.length === 0) throw rangeError(`${join(root, 'train', GOOD)} must hold pictures, found none`)
  const test: DatasetEntry[] = []
  for (const defect of await foldersIn(join(root, 'test'))) {
    const masks = await maskFiles(join(root, 'ground_truth', defect))
    for (const path of await listPictures(join(root, 'test', defect))) {
      const mask = masks.get(basename(path, extname(path)))
      test.push(mask === undefined ? { path, defect } : { path, defect, mask })
    }
  }
  return { train, test }
}

/** The images of some files, one batch each, as they are asked for: what a streamed fit takes. */
export async function* readImages(entries: Iterable<DatasetEntry | string>, decode: Decode): AsyncGenerator<Batch> {
  for (const entry of entries) {
    const path = typeof entry === 'string' ? entry : entry.path
    yield await decode(await readFile(path), path)
  }
}

/** A mask as bytes 0 and 1: pixels of ½ and more, of the first channel. Good images have none and give zeros. */
export async function readMask(entry: DatasetEntry, decode: Decode, h: number, w: number): Promise<Uint8Array> {
  if (entry.mask === undefined) return new Uint8Array(h * w)
  const { data, shape } = await decode(await readFile(entry.mask), entry.mask)
  if (shape[2] !== h || shape[3] !== w)
    throw rangeError(`${entry.mask} must be ${h} × ${w} as its image, got ${shape[2]} × ${shape[3]}`)
  return masksOf({ data: data.subarray(0, h * w), shape: [1, 1, h, w] })
}
