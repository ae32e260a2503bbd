// Writes native/<kernel>/generated/ from the compiled ABI table of packages/<kernel>.
//
//   node scripts/generate-abi.mjs <kernel>
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cppFiles } from './abi/cpp-files.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const kernel = process.argv[2]
if (!kernel) throw new Error('usage: node scripts/generate-abi.mjs <kernel>')

const table = join(root, 'packages', kernel, 'dist', 'abi.js')
const { abi } = await import(pathToFileURL(table).href)
const folder = join(root, 'native', kernel, 'generated')
mkdirSync(folder, { recursive: true })
for (const [file, text] of Object.entries(cppFiles(abi, `packages/${kernel}/src/abi.ts`))) {
  const path = join(folder, file)
  // An unchanged file keeps its time, so that make rebuilds nothing.
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}
