// A change that reaches a published package has a changeset that names it, compared with the merge base.
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
function packagesOf(file) {
  const [group, name, folder] = file.split('/')
  if (file.endsWith('.md') || folder === 'test' || folder === 'tests') return []
  if (group === 'native' || group === 'wasm') {
    if (group === 'native' && (name === 'common-rs' || name.startsWith('Cargo.'))) return kernels.filter(isRust)
    if (name === 'common') return group === 'native' ? kernels.filter((kernel) => !isRust(kernel)) : kernels
    return kernels.includes(name) ? [name] : []
  }
  return group === 'packages' && publishedPackages.includes(name) && folder !== 'turbo.json' ? [name] : []
}

/** The packages that the pending changesets name. */
function named() {
  const files = readdirSync(at('.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md')
  return new Set(
    files.flatMap((file) => {
      const header = /^---\n([\s\S]*?)\n---/.exec(readFileSync(at('.changeset', file), 'utf8'))?.[1] ?? ''
      return [...header.matchAll(/^['"]@ukernels\/([^'"]+)['"]:/gm)].map((match) => match[1])
    }),
  )
}

function check() {
  const base = mergeBase()
  if (!base) {
    console.log(`changesets: not checked, this clone does not hold the merge base with ${baseBranch}`)
    return 0
  }
  const changed = (git('diff', '--name-only', base) ?? '').split('\n').filter(Boolean)
  const release = changed.some((file) => /^packages\/[^/]+\/CHANGELOG\.md$/.test(file))
  const missing = [...new Set(changed.flatMap(packagesOf))].filter((name) => !named().has(name))
  if (missing.length === 0 || release) {
    console.log('changesets: every changed package is named')
    return 0
  }
  for (const name of missing)
    console.error(
      `@ukernels/${name} has changed since ${base.slice(0, 9)} and no changeset names it: npm run changeset`,
    )
  return 1
}

process.exitCode = check()
