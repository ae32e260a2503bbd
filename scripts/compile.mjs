// The `compile` script of every TypeScript workspace: removes what sources that are gone have left, then tsc -b.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runBin } from './lib/run.mjs'
import { removeStale } from './lib/stale.mjs'

const folder = process.cwd()

/** Whether a source's output is gone: tsc looks at its record of the last build, and not at what is there. */
function incomplete() {
  const sources = existsSync(join(folder, 'src')) ? readdirSync(join(folder, 'src'), { recursive: true }) : []
  return sources
    .filter((file) => /(?<!\.d)\.ts$/.test(file))
    .some((file) => !existsSync(join(folder, 'dist', file.replace(/\.ts$/, '.js'))))
}

removeStale(folder)
if (incomplete())
  for (const file of existsSync(join(folder, 'dist')) ? readdirSync(join(folder, 'dist')) : [])
    if (file.endsWith('.tsbuildinfo')) rmSync(join(folder, 'dist', file))
process.exitCode = await runBin('typescript', ['-b'], { bin: 'tsc', cwd: folder })
