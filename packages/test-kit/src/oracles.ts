/** Systems written in Python that tests compare with; Node only. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The files that an oracle script wrote. */
export interface OracleFiles {
  bytes(name: string): Uint8Array
  f64(name: string): Float64Array
  json<T>(name: string): T
}

/** What a script made, or why it couldn't run. */
export type OracleRun = { files: OracleFiles; reason?: undefined } | { files?: undefined; reason: string }

function findPython(root: string, modules: readonly string[]): string | undefined {
  const inside = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'
  const venv = join(root, 'scripts/oracles/.venv', inside)
  const candidates = [
    process.env.UKERNELS_ORACLES_PYTHON,
    existsSync(venv) ? venv : undefined,
    'python3',
    'python',
    '/usr/bin/python3',
  ]
  return candidates.find((python) => {
    if (!python) return false
    try {
      execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

/**
 * Runs `scripts/oracles/<script> FOLDER` with a Python that has the modules, and reads what it wrote into the folder.
 *
 * @param root - folder of the repository
 * @returns the files, or the reason why there are none; with CI=true that is an error
 */
export function runOracle(root: string, script: string, modules: readonly string[]): OracleRun {
  const python = findPython(root, modules)
  if (python === undefined) {
    const reason = `no Python with ${modules.join(', ')}; they are in scripts/oracles/requirements.txt, for scripts/oracles/.venv`
    if (process.env.CI === 'true') throw new Error(reason)
    return { reason }
  }
  const folder = mkdtempSync(join(tmpdir(), 'ukernels-oracle-'))
  try {
    execFileSync(python, [join(root, 'scripts', 'oracles', script), folder], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return { files: readAll(folder, JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readAll(folder: string, names: readonly string[]): OracleFiles {
  const contents = new Map(names.map((name) => [name, readFileSync(join(folder, name))]))
  const find = (name: string) => {
    const content = contents.get(name)
    if (content === undefined) throw new Error(`the oracle wrote no ${name}`)
    return content
  }
  return {
    bytes: (name) => Uint8Array.from(find(name)),
    f64: (name) => new Float64Array(Uint8Array.from(find(name)).buffer),
    json: (name) => JSON.parse(find(name).toString('utf8')),
  }
}
