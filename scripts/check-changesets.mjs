// A change that reaches a published package has a changeset that names it, compared with the merge base; after a
// release, which takes the changesets away, with the release.
import { readdirSync, readFileSync } from 'node:fs'
import { at, isRust, kernels, publishedPackages } from './lib/paths.mjs'
import { capture } from './lib/run.mjs'

const git = (...args) => capture('git', args)
const baseBranch = JSON.parse(readFileSync(at('.changeset', 'config.json'), 'utf8')).baseBranch

/** Where this branch left the base branch, or undefined in a shallow clone, a fork without it or no repository. */
function mergeBase() {
  for (const base of [`origin/${baseBranch}`, baseBranch]) {
    const commit = git('merge-base', 'HEAD', base)
    if (commit) return commit
  }
  return undefined
}

/** The packages that a changed file belongs to. */
export function packagesOf(file) {
  const [group, name, folder] = file.split('/')
  if (file.endsWith('.md') || folder === 'test' || folder === 'tests') return []
  if (group === 'native' || group === 'wasm') {
    if (group === 'native' && (name === 'common-rs' || name.startsWith('Cargo.'))) return kernels.filter(isRust)
    if (name === 'common') return group === 'native' ? kernels.filter((kernel) => !isRust(kernel)) : kernels
    return kernels.includes(name) ? [name] : []
  }
  return group === 'packages' && publishedPackages.includes(name) && folder !== 'turbo.json' ? [name] : []
}

/** The packages that a changeset's text names. */
export function packagesIn(changeset) {
  const header = /^---\n([\s\S]*?)\n---/.exec(changeset)?.[1] ?? ''
  return [...header.matchAll(/^['"]@ukernels\/([^'"]+)['"]:/gm)].map((match) => match[1])
}

/** The packages that the pending changesets name. */
function named() {
  const files = readdirSync(at('.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md')
  return new Set(files.flatMap((file) => packagesIn(readFileSync(at('.changeset', file), 'utf8'))))
}

/** Packages that have changed since a commit, files that git doesn't know yet included. */
function changedSince(commit) {
  const lists = [git('diff', '--name-only', commit), git('ls-files', '--others', '--exclude-standard')]
  const files = lists.flatMap((list) => (list ?? '').split('\n')).filter(Boolean)
  return [...new Set(files.flatMap(packagesOf))]
}

/** The last release of a package since a commit. */
const release = (name, commit) =>
  git('log', '-1', '--format=%H', `${commit}..HEAD`, '--', `packages/${name}/CHANGELOG.md`)

function check() {
  const base = mergeBase()
  if (!base) {
    console.log(`changesets: not checked, this clone does not hold the merge base with ${baseBranch}`)
    return 0
  }
  const names = named()
  const missing = changedSince(base)
    .filter((name) => !names.has(name))
    .map((name) => ({ name, since: release(name, base) || base }))
    .filter(({ name, since }) => since === base || changedSince(since).includes(name))
  for (const { name, since } of missing)
    console.error(
      `@ukernels/${name} has changed since ${since.slice(0, 9)} and no changeset names it: npm run changeset`,
    )
  if (missing.length === 0) console.log('changesets: every changed package is named')
  return missing.length > 0 ? 1 : 0
}

if (process.argv[1] === import.meta.filename) process.exitCode = check()
