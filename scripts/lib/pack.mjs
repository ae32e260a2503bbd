// Packs the published packages and looks at the result as their users would.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at, publishedPackages, readJson } from './paths.mjs'
import { capture, npmCommand } from './run.mjs'

function npm(args, cwd) {
  const [command, ...first] = npmCommand()
  const shell = command === 'npm' && process.platform === 'win32'
  const result = spawnSync(command, [...first, ...args], { cwd, encoding: 'utf8', shell })
  if (result.status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${result.stdout}${result.stderr}`)
  return result.stdout
}

/**
 * Packs a package into `folder`.
 * @param {string} name
 * @param {string} folder
 * @returns {{ tarball: string, file: string, integrity: string, bytes: number,
 *   files: { path: string, bytes: number }[] }} the tarball's path, its name, and what it holds in order of the paths
 */
export function pack(name, folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [info] = [JSON.parse(npm(args, at('packages', name)))].flatMap((made) =>
    Array.isArray(made) ? made : Object.values(made),
  )
  return {
    tarball: join(folder, info.filename),
    file: info.filename,
    integrity: info.integrity,
    bytes: info.size,
    files: info.files.map(({ path, size }) => ({ path, bytes: size })).sort((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

/** A package and the published packages that it depends on, itself first. */
export function withDependencies(name) {
  const { dependencies = {} } = readJson(at('packages', name, 'package.json'))
  const needed = publishedPackages.filter((other) => `@ukernels/${other}` in dependencies)
  return [name, ...needed.flatMap(withDependencies)]
}

/** An empty project outside the repository. */
function emptyProject() {
  const folder = mkdtempSync(join(tmpdir(), 'ukernels-pack-'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n')
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Offline: the packed files of the repository's own packages are all that it may need. */
const installInto = (folder, tarballs) =>
  npm(['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], folder)

/** An empty project with these tarballs installed. */
export function installTarballs(tarballs) {
  const project = emptyProject()
  installInto(project.folder, tarballs)
  return project
}

/** An empty project with the packed package and what it depends on installed. */
export function installPacked(name) {
  const project = emptyProject()
  const tarballs = join(project.folder, 'tarballs')
  mkdirSync(tarballs)
  installInto(
    project.folder,
    withDependencies(name).map((each) => pack(each, tarballs).tarball),
  )
  return project
}

/** The first JavaScript example of a package's README. */
export function readmeExample(name) {
  const path = at('packages', name, 'README.md')
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const example = /^```(?:js|javascript|ts)\n([\s\S]*?)^```/m.exec(text)?.[1]
  if (!example) throw new Error(`packages/${name}/README.md has no example in JavaScript`)
  return example
}

/** The same example for CommonJS: `import` lines become `require`, the rest runs in an async function. */
export function asCommonJs(example) {
  const isImport = (line) => /^import .* from /.test(line)
  const lines = example.split('\n')
  const requires = lines
    .filter(isImport)
    .map((line) =>
      line.replace(/^import (.*) from (['"].*?['"]).*$/, (_, names, from) => `const ${names} = require(${from})`),
    )
  const body = lines.filter((line) => !isImport(line)).join('\n')
  return `${requires.join('\n')}\nasync function main() {\n${body}\n}\nmain()\n`
}

/** Runs a file with Node in a folder; returns what it prints. Throws what it prints when it fails. */
export function runNode(folder, file, env = {}) {
  const clean = Object.entries(process.env).filter(([name]) => !/^(UKERNELS_|VITEST|NODE_OPTIONS)/.test(name))
  const options = { cwd: folder, encoding: 'utf8', env: { ...Object.fromEntries(clean), ...env } }
  const result = spawnSync(process.execPath, [file], options)
  if (result.status !== 0)
    throw new Error(`node ${file} ended with ${result.status}:\n${result.stdout}${result.stderr}`)
  return result.stdout
}

/** The newest glibc that a binary asks for, as '2.28'; undefined without objdump. */
export function glibcNeed(file) {
  const symbols = capture('objdump', ['-T', file])
  if (symbols === undefined) return undefined
  const versions = [...symbols.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
    Number(major),
    Number(minor),
  ])
  const [major, minor] = versions.sort((a, b) => b[0] - a[0] || b[1] - a[1])[0] ?? [2, 0]
  return `${major}.${minor}`
}
