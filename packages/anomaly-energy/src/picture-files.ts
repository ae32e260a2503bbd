/** Files that are pictures, by their names (Node, Bun, Deno). */
import { readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp'])

/** Ends the names of heat maps, which `inspect` writes beside the pictures where no folder is named. */
export const HEAT_MAP = '.heat.png'

export const isHeatMap = (file: string): boolean => basename(file).toLowerCase().endsWith(HEAT_MAP)

/** Names in a folder, sorted by code points; none when there is no such folder. */
async function namesIn(folder: string, fits: 'isFile' | 'isDirectory'): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  return entries
    .filter((entry) => entry[fits]())
    .map(({ name }) => name)
    .sort()
}

export const foldersIn = (folder: string): Promise<string[]> => namesIn(folder, 'isDirectory')

/** Paths of the pictures in a folder itself, heat maps among them. */
export async function pictureFiles(folder: string): Promise<string[]> {
  const names = await namesIn(folder, 'isFile')
  return names.filter((name) => PICTURES.has(extname(name).toLowerCase())).map((name) => join(folder, name))
}
