// Writes native/<kernel>/generated/ from the compiled ABI table of packages/<kernel>.
//
//   node scripts/generate-abi.mjs <kernel>
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cppFiles } from './abi/cpp-files.mjs'
import { rustFiles } from './abi/rust-files.mjs'
import { at, isRust, kernelArgument } from './lib/paths.mjs'

const kernel = kernelArgument(process.argv[2], 'node scripts/generate-abi.mjs <kernel>')
const { abi } = await import(pathToFileURL(at('packages', kernel, 'dist', 'abi.js')).href)
const folder = at('native', kernel, 'generated')
mkdirSync(folder, { recursive: true })
const files = isRust(kernel) ? rustFiles : cppFiles
for (const [file, text] of Object.entries(files(abi, `packages/${kernel}/src/abi.ts`))) {
  const path = join(folder, file)
  // An unchanged file keeps its time, so that make and cargo rebuild nothing.
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}
