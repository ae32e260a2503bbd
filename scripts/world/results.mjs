// What ran where, kept for the README's table: each suite writes its cells when it has run whole.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { at, readJson } from '../lib/paths.mjs'

const folder = at('.cache', 'world', 'results')

/**
 * Keeps a suite's cells: `{ group, row, backend, kernel, state }`, in the order in which the table shows their rows.
 * A state is 'ran', 'failed', 'checked' (looked at with a tool, not run), 'built' (and not run here) or 'skipped'.
 */
export function record(suite, cells) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/${suite}.json`, `${JSON.stringify(cells, null, 1)}\n`)
}

/** Forgets what was run before. */
export const forget = () => rmSync(folder, { recursive: true, force: true })

/** Cells of every suite that ran. */
export function recorded() {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.flatMap((name) => readJson(`${folder}/${name}`))
}
