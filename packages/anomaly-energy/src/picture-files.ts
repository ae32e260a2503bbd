/** Files that are pictures, by their names (Node, Bun, Deno). */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp'])

/** Ends the names of heat maps, which `inspect` writes beside the pictures where no folder is named. */
export const HEAT_MAP = '.heat.png'

export const isHeatMap = (file: string): boolean => basename(file).toLowerCase().endsWith(HEAT_MAP)

/** What an entry is, or the link leads to. A link to nowhere counts as the file that reading it will miss. */
async function kindOf(folder: string, entry: Dirent): Promise<'file' | 'folder' | undefined> {
  const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry
  if (target === undefined || target.isFile()) return 'file'
  return target.isDirectory() ? 'folder' : undefined
}

/** Names in a folder, sorted by code points; none when there is no such folder. */
async function namesIn(folder: string, kind: 'file' | 'folder'): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  const names: string[] = []
  for (const entry of entries) if ((await kindOf(folder, entry)) === kind) names.push(entry.name)
  return names.sort()
}

export const foldersIn = (folder: string): Promise<string[]> => namesIn(folder, 'folder')

/** Paths of the pictures in a folder itself, heat maps among them. */
export async function pictureFiles(folder: string): Promise<string[]> {
  const names = await namesIn(folder, 'file')
  return names.filter((name) => PICTURES.has(extname(name).toLowerCase())).map((name) => join(folder, name))
}
