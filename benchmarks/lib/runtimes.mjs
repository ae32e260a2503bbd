// The runtimes that a benchmark runs on: how each measures one job.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacksBrowser } from '../../scripts/world/browser.mjs'
import { runtimePrograms, tools } from '../../scripts/world/tools.mjs'
import { runOnPage } from './chromium.mjs'

const here = join(import.meta.dirname, '..')

function runProcess(command, job, out) {
  const [file, ...args] = command
  const script = join(here, 'dist', 'runners', 'process.js')
  const { status, error } = spawnSync(file, [...args, script, JSON.stringify({ ...job, out })], { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) throw new Error(`${file} ended with ${status}`)
  return JSON.parse(readFileSync(out, 'utf8'))
}

/**
 * Every runtime by its id, this Node first: `{ id, lacks?, measure(job, out) }`. `measure` resolves with the runtime's
 * name and the timings of a fresh process, or of a fresh browser.
 */
export async function benchRuntimes() {
  const group = await tools('runtimes')
  const programs = group.lacks ? {} : runtimePrograms(group)
  const process_ = (id, program, ...args) => ({
    id,
    lacks: program && existsSync(program) ? undefined : (group.lacks ?? `no ${id} for this machine`),
    measure: async (job, out) => runProcess([program, ...args], job, out),
  })
  return [
    process_(`node-${process.versions.node.split('.')[0]}`, process.execPath),
    process_('node-22', programs['node-22']),
    process_('node-24', programs['node-24']),
    process_('bun', programs.bun),
    process_('deno', programs.deno, 'run', '--allow-all'),
    { id: 'chromium', lacks: lacksBrowser, measure: runOnPage },
  ].filter(({ id }, i, all) => all.findIndex((other) => other.id === id) === i)
}
