// A copy of the working tree outside of it, committed files or not, in which a release can be rehearsed.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { at, readJson } from '../lib/paths.mjs'
import { capture } from '../lib/run.mjs'

const { baseBranch } = readJson(at('.changeset', 'config.json'))
const identity = { GIT_AUTHOR_NAME: 'rehearsal', GIT_AUTHOR_EMAIL: 'rehearsal@localhost' }
const committer = { GIT_COMMITTER_NAME: 'rehearsal', GIT_COMMITTER_EMAIL: 'rehearsal@localhost' }

/** The variables that choose must be the rehearsal's own; npm's are those of the npm that started it. */
const clean = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(UKERNELS_|NODE_OPTIONS$|npm_(?!execpath$))/.test(name)),
)

/** Runs a command without a word; what it printed comes with the error when it fails. Resolves with its stdout. */
export function quietly([command, ...args], { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    let stdout = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part) => {
        printed += part
        if (stream === child.stdout) stdout += part
      })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) return resolve(stdout)
      reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${printed.trim().slice(-4000)}`))
    })
  })
}

/** The packages of node_modules by links; the workspaces among them are the copy's own. */
function linkModules(folder) {
  const entries = (path) => readdirSync(at('node_modules', path)).filter((name) => !name.startsWith('.'))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of entries('.')) {
    if (name.startsWith('@ukernels')) cpSync(at('node_modules', name), join(folder, 'node_modules', name), copyLinks)
    else symlinkSync(at('node_modules', name), join(folder, 'node_modules', name), 'junction')
  }
}
const copyLinks = { recursive: true, verbatimSymlinks: true }

/** Files that git knows or would take, and what was built that no version is in. */
function copyFiles(folder) {
  const files = capture('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0')
  const built = ['packages', 'wasm'].flatMap((group) => readdirSync(at(group)).map((name) => join(group, name, 'dist')))
  for (const path of [...files.filter(Boolean), ...built]) {
    if (!existsSync(at(path))) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(at(path), join(folder, path), { recursive: true, preserveTimestamps: true })
  }
}

/** Makes the copy, a repository of its own with one commit. */
export async function createCopy(folder) {
  const run = (command, env = {}) => quietly(command, { cwd: folder, env: { ...identity, ...committer, ...env } })
  const node = (script, ...args) => run([process.execPath, join(folder, 'scripts', script), ...args])
  copyFiles(folder)
  linkModules(folder)
  for (const args of [
    ['init', '--quiet', '--initial-branch', baseBranch],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'The working tree'],
  ])
    await run(['git', ...args])
  return { folder, run, node }
}

/** Adds a changeset that names packages, as a contributor would. */
export async function addChangeset({ folder, run }, names, step) {
  const header = names.map((name) => `'@ukernels/${name}': ${step}`).join('\n')
  writeFileSync(join(folder, '.changeset', `rehearsal-${step}.md`), `---\n${header}\n---\n\nRehearsed.\n`)
  await run(['git', 'add', '--all'])
  await run(['git', 'commit', '--quiet', '--message', 'A changeset'])
}

/** Builds kernels for this machine: an addon carries its package's version. The wasm core, which doesn't, is kept. */
export async function buildCopy({ folder, node }, kernels) {
  for (const name of ['runtime', ...kernels])
    await quietly([process.execPath, join(folder, 'scripts', 'compile.mjs')], { cwd: join(folder, 'packages', name) })
  await Promise.all(kernels.map((kernel) => node('build-native.mjs', kernel)))
  for (const kernel of kernels) await node('build-package.mjs', kernel)
}
