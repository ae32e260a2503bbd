// What `npm run prebuild` built, kept in benchmarks/prebuilds.json: for each target and kernel the version, when and
// from which sources, size, hash and what ran it. The README's rows of platforms and the size budgets are made of it.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { packagesOf } from '../check-changesets.mjs'
import { glibcNeed } from '../lib/pack.mjs'
import { at, kernels, readJson } from '../lib/paths.mjs'
import { capture } from '../lib/run.mjs'
import { targets } from '../native-loader.mjs'

const file = at('benchmarks', 'prebuilds.json')

/** By target and kernel, the entries that `entryOf` makes. */
export const prebuilds = () => (existsSync(file) ? readJson(file) : {})

const sha256 = (data) => createHash('sha256').update(data).digest('hex')

/** What an addon is built from: the files of native/ that concern a kernel, and its table. */
function sourcesOf(kernel) {
  const listed =
    capture('git', ['ls-files', '-z', '--', 'native', `packages/${kernel}/src/abi.ts`, `packages/${kernel}/src/abi`]) ??
    ''
  return listed.split('\0').filter((path) => path && packagesOf(path).includes(kernel) && existsSync(at(path)))
}

/** A hash of an addon's sources as they are in the working tree. */
export const sourcesHash = (kernel) =>
  sha256(JSON.stringify(sourcesOf(kernel).map((path) => [path, sha256(readFileSync(at(path)))]))).slice(0, 16)

/**
 * What is recorded of an addon.
 *
 * @param ran - by backend, whether its digests were those of this machine's WebAssembly; undefined where nothing here runs it
 */
export function entryOf(kernel, target, addon, ran) {
  const bytes = readFileSync(addon)
  return {
    version: readJson(at('packages', kernel, 'package.json')).version,
    date: new Date().toISOString().slice(0, 10),
    sources: sourcesHash(kernel),
    bytes: bytes.length,
    gzipped: gzipSync(bytes, { level: 9 }).length,
    sha256: sha256(bytes),
    ...(target.endsWith('-glibc') ? { glibc: glibcNeed(addon) } : {}),
    ...(ran ? { ran } : {}),
  }
}

/** Writes an entry, in the order of the targets and kernels. */
export function keep(kernel, target, entry) {
  const all = prebuilds()
  all[target] = { ...all[target], [kernel]: entry }
  const ordered = targets
    .filter((name) => name in all)
    .map((name) => [name, Object.fromEntries(kernels.filter((k) => k in all[name]).map((k) => [k, all[name][k]]))])
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(ordered), null, 2)}\n`)
}

/** Whether an addon was built from other sources than there are. */
export const isOlder = (kernel, { sources }) => sources !== sourcesHash(kernel)

/** Entries whose sources have changed since, a line each. */
export const stale = (all = prebuilds()) =>
  Object.entries(all).flatMap(([target, entries]) =>
    Object.entries(entries)
      .filter(([kernel, entry]) => kernels.includes(kernel) && isOlder(kernel, entry))
      .map(
        ([kernel, { date }]) =>
          `${kernel} for ${target}, built ${date}, has changed since: npm run prebuild -- ${target} ${kernel}`,
      ),
  )
