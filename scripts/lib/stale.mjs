// Compiled files whose sources are gone: tsc leaves them, and so does a build that turbo takes from its cache.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What tsc makes of a source. */
const made = /(\.d\.ts|\.js)(\.map)?$/

/** Removes them from a workspace's dist/. The wasm build's files there are not tsc's. */
export function removeStale(folder) {
  const dist = join(folder, 'dist')
  const sources = existsSync(join(folder, 'src')) ? join(folder, 'src') : folder
  const files = existsSync(dist) ? readdirSync(dist, { recursive: true }) : []
  for (const file of files)
    if (made.test(file) && !/^wasm-(inline|module)/.test(file) && !existsSync(join(sources, file.replace(made, '.ts'))))
      rmSync(join(dist, file))
}
