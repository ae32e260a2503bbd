// Which tests run on Node alone: those that reach a module of Node's, themselves or through a file that they import.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importsIn } from './imports.mjs'
import { at } from './paths.mjs'

/** The file of an import that is followed: a relative one, or one from the test kit. TypeScript is named by what it becomes. */
function resolve(from, target) {
  const kit = /^@ukernels\/test-kit(?:\/(.+))?$/.exec(target)
  const path = kit ? at('packages', 'test-kit', 'src', `${kit[1] ?? 'index'}.ts`) : join(dirname(from), target)
  return [path, path.replace(/\.js$/, '.ts')].find(existsSync)
}

const isFollowed = (target) => target.startsWith('.') || target.startsWith('@ukernels/test-kit')

/** What is built counts as the packages it belongs to, which run everywhere. */
export function needsNode(file, seen = new Set()) {
  if (seen.has(file) || /[\\/](dist|node_modules)[\\/]|\.json$/.test(file)) return false
  seen.add(file)
  return importsIn(readFileSync(file, 'utf8')).some((target) => {
    if (target.startsWith('node:')) return true
    if (!isFollowed(target)) return false
    const path = resolve(file, target)
    return path === undefined || needsNode(path, seen)
  })
}
