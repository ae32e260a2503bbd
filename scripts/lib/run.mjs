// Child processes, without a shell.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readJson, root } from './paths.mjs'

const require = createRequire(import.meta.url)

/** Runs a command with this terminal; resolves with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: root, ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ? 1 : code))
  })
}

/** Runs a command and ends this process with its exit code when that isn't 0. */
export async function must(command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0) process.exit(code)
}

/** What a command prints, trimmed, or undefined when it can't be run or fails. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', cwd: root, ...options })
  return result.status === 0 ? result.stdout.trim() : undefined
}

/** The script behind a package's `bin`, to be run by `process.execPath`: no shim, so the same on every system. */
export function binOf(packageName, bin = packageName.replace(/^@[^/]*\//, ''), from = root) {
  const path = [from, root].map((folder) => join(folder, 'node_modules', packageName)).find(existsSync)
  if (!path) throw new Error(`${packageName} is not installed: run npm ci`)
  const { bin: bins } = readJson(join(path, 'package.json'))
  return join(path, typeof bins === 'string' ? bins : bins[bin])
}

/** Runs a package's bin with this Node. */
export const runBin = (packageName, args, options = {}) =>
  run(process.execPath, [binOf(packageName, options.bin, options.cwd), ...args], options)

/** npm's own script, so that no shell and no `npm.cmd` is needed. */
export function npmCommand() {
  if (process.env.npm_execpath?.endsWith('.js')) return [process.execPath, process.env.npm_execpath]
  const beside = [
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(process.execPath), '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
  ].find(existsSync)
  return beside ? [process.execPath, beside] : ['npm']
}

/** Runs npm; the options are spawn's. */
export function npm(args, options = {}) {
  const [command, ...first] = npmCommand()
  return run(command, [...first, ...args], { shell: command === 'npm' && process.platform === 'win32', ...options })
}

/** Folder of an installed package. */
export const packageFolder = (name) => dirname(require.resolve(`${name}/package.json`))
