/** What tests of the command-line program need. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Runs the program as users do. */
export function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { status, stdout, stderr, lines }
}

/** Runs the program, and closes its stdout after the first line, as `head -1` does. */
export async function runUntilFirstLine(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const [code] = await once(child, 'close')
  return { code, stderr }
}

/** A folder that goes with the tests. @returns paths in it */
export function temporaryFolder(): (...parts: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), 'anomaly-energy-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return (...parts) => join(folder, ...parts)
}
