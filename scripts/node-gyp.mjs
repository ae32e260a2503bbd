// node-gyp, always with --nodedir: bare it downloads headers.
//
//   node scripts/node-gyp.mjs <node-gyp arguments>
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { at } from './lib/paths.mjs'
import { packageFolder, runBin } from './lib/run.mjs'

/** The headers beside the running node, as distributions' packages and nodejs.org's archives install them. */
function installedHeaders() {
  const prefix = dirname(dirname(process.execPath))
  const complete = ['node_api.h', 'common.gypi', 'config.gypi'].every((file) =>
    existsSync(join(prefix, 'include', 'node', file)),
  )
  return complete ? prefix : undefined
}

/** A folder that is enough of a Node installation for a Node-API addon, made from node-api-headers. */
function headersFromNpm() {
  const folder = at('node_modules', '.cache', 'node-api-headers')
  const include = join(folder, 'include', 'node')
  mkdirSync(include, { recursive: true })
  cpSync(join(packageFolder('node-api-headers'), 'include'), include, { recursive: true })
  writeFileSync(join(include, 'common.gypi'), "{'target_defaults': {'configurations': {'Debug': {}, 'Release': {}}}}\n")
  writeFileSync(join(include, 'config.gypi'), "{'target_defaults': {}, 'variables': {}}\n")
  return folder
}

/** Arguments that name the headers. On Windows an addon links node.lib, which only node-gyp's own download has. */
export function headerArguments() {
  if (process.platform === 'win32') return []
  return [`--nodedir=${installedHeaders() ?? headersFromNpm()}`]
}

/** Runs node-gyp in `cwd`; resolves with its exit code. */
export const nodeGyp = (args, options = {}) => {
  const [before, after] = args.includes('--')
    ? [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--'))]
    : [args, []]
  return runBin('node-gyp', [...before, ...headerArguments(), ...after], options)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await nodeGyp(process.argv.slice(2), { cwd: process.cwd() })
