// A change that reaches a published package has a changeset that names it. On a branch it is one of the branch's own;
// what has changed since a package's last release must be named by any that is pending, on the base branch too. Before
// its first release the changeset that announces a package speaks for all of it.
import { readdirSync, readFileSync } from 'node:fs'
import { at, isRust, kernels, publishedPackages } from './lib/paths.mjs'
import { capture } from './lib/run.mjs'

const git = (...args) => capture('git', args)
const baseBranch = JSON.parse(readFileSync(at('.changeset', 'config.json'), 'utf8')).baseBranch

/** Where this branch left the base branch; undefined in a fork without it. */
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
    const ofRust = name === 'common-rs' || name === '.cargo' || name.startsWith('Cargo.')
    if (group === 'native' && ofRust) return kernels.filter(isRust)
    if (name === 'common') return group === 'native' ? kernels.filter((kernel) => !isRust(kernel)) : kernels
    return kernels.includes(name) ? [name] : []
  }
  return group === 'packages' && publishedPackages.includes(name) && folder !== 'turbo.json' ? [name] : []
}

/** The packages that a changeset's text names. */
export function packagesIn(changeset) {
  const header = /^---\r?\n([\s\S]*?)\r?\n---/.exec(changeset)?.[1] ?? ''
  return [...header.matchAll(/^['"]@ukernels\/([^'"]+)['"]:/gm)].map((match) => match[1])
}

/** The pending changesets: file and packages. */
const pendingChangesets = () =>
  readdirSync(at('.changeset'))
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .map((file) => ({
      file: `.changeset/${file}`,
      names: packagesIn(readFileSync(at('.changeset', file), 'utf8')),
    }))

/** Files that have changed since a commit, those included that git doesn't know yet; of a moved one both names. */
function filesSince(commit) {
  const lists = [
    git('diff', '--name-only', '--no-renames', '-z', commit),
    git('ls-files', '--others', '--exclude-standard', '-z'),
  ]
  return lists.flatMap((list) => (list ?? '').split('\0')).filter(Boolean)
}

/** What there is to compare with: the base, if any, and the commit of every package's last release, if any. */
function history() {
  const release = (name) => git('log', '-1', '--format=%H', 'HEAD', '--', `packages/${name}/CHANGELOG.md`) || undefined
  const base = mergeBase()
  const sinceBase = new Set(base ? (git('rev-list', `${base}..HEAD`) ?? '').split('\n') : [])
  return publishedPackages.map((name) => {
    const released = release(name)
    // A release takes the changesets away: on the branch that has it the comparison begins there.
    return { name, released, base: sinceBase.has(released) ? released : base }
  })
}

/**
 * The packages that have changed without a word, and since which commit.
 *
 * @param packages - of `history`
 * @param changesets - of `pendingChangesets`
 * @param files - changed since a commit
 */
export function unnamed(packages, changesets, files) {
  const names = (chosen) => new Set(chosen.flatMap((changeset) => changeset.names))
  const lacking = ({ name }, since, chosen) =>
    since && files(since).flatMap(packagesOf).includes(name) && !names(chosen).has(name) ? [{ name, since }] : []
  return packages.flatMap((entry) => {
    const { name, released, base } = entry
    if (!released) return base && !names(changesets).has(name) ? lacking(entry, base, []) : []
    const own = base ? changesets.filter(({ file }) => files(base).includes(file)) : changesets
    const onBranch = lacking(entry, base, own)
    return onBranch.length > 0 ? onBranch : lacking(entry, released, changesets)
  })
}

function check() {
  if (git('rev-parse', '--is-shallow-repository') !== 'false') {
    console.log('changesets: not checked, this clone does not hold the history')
    return 0
  }
  const missing = unnamed(history(), pendingChangesets(), filesSince)
  for (const { name, since } of missing)
    console.error(
      `@ukernels/${name} has changed since ${since.slice(0, 9)} and no changeset names it: npm run changeset`,
    )
  if (missing.length === 0) console.log('changesets: every changed package is named')
  return missing.length > 0 ? 1 : 0
}

if (process.argv[1] === import.meta.filename) process.exitCode = check()
