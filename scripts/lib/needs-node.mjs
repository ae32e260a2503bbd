// Which tests run on Node alone: those that reach a module of Node's, themselves or through a file that they import.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importsIn } from './imports.mjs'

/** A relative import's file: TypeScript is imported by the name that it is compiled to. */
function resolve(from, target) {
  const path = join(dirname(from), target)
  return [path, path.replace(/\.js$/, '.ts')].find(existsSync)
}

/** What is built counts as the packages it belongs to, which run everywhere. */
export function needsNode(file, seen = new Set()) {
  if (seen.has(file) || /[\\/](dist|node_modules)[\\/]|\.json$/.test(file)) return false
  seen.add(file)
  return importsIn(readFileSync(file, 'utf8')).some((target) => {
    if (target.startsWith('node:')) return true
    if (!target.startsWith('.')) return false
    const path = resolve(file, target)
    return path === undefined || needsNode(path, seen)
  })
}
