// npm run release: puts the pending changesets into effect, in one commit with one tag. Pushing the tag starts
// .github/workflows/release.yml, which builds, tests and publishes what it names.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { at, publishedPackages, readJson } from '../lib/paths.mjs'
import { capture, must, npm, runBin } from '../lib/run.mjs'

const versionOf = (name) => readJson(at('packages', name, 'package.json')).version
const versions = () => Object.fromEntries(publishedPackages.map((name) => [name, versionOf(name)]))

const pending = () => readdirSync(at('.changeset')).some((file) => file.endsWith('.md') && file !== 'README.md')

/** Why nothing can be released, or undefined. */
function obstacle() {
  if (!pending()) return 'There is no changeset: npm run changeset'
  if (capture('git', ['status', '--porcelain']) !== '') return 'The working tree has changes: commit them first'
  return undefined
}

/** `src/version.ts` says what package.json says, as one of the package's tests demands. */
function writeVersion(name) {
  const file = at('packages', name, 'src', 'version.ts')
  if (!existsSync(file)) return
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/version = '[^']*'/, `version = '${versionOf(name)}'`))
}

/** Ends the process with a failed step's code. */
function check(code) {
  if (code !== 0) process.exit(code)
}

/** `release-2026-11-25`, and `release-2026-11-25.2` when there is one of that day. */
function tagName() {
  const day = `release-${new Date().toISOString().slice(0, 10)}`
  const taken = new Set((capture('git', ['tag', '--list', `${day}*`]) ?? '').split('\n'))
  let tag = day
  for (let i = 2; taken.has(tag); i++) tag = `${day}.${i}`
  return tag
}

async function release() {
  const before = versions()
  check(await runBin('@changesets/cli', ['version'], { bin: 'changeset' }))
  for (const name of publishedPackages) writeVersion(name)
  check(await npm(['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']))
  const changed = Object.entries(versions()).filter(([name, version]) => version !== before[name])
  const names = changed.map(([name, version]) => `${name} ${version}`).join(', ')
  const tag = tagName()
  await must('git', ['add', '--all'])
  await must('git', ['commit', '--quiet', '--message', `Release ${names}`])
  await must('git', ['tag', '--annotate', tag, '--message', names])
  console.log(`\nReleased as ${tag}: ${names}\nTo publish it: git push --follow-tags`)
}

const reason = obstacle()
if (reason) {
  console.error(reason)
  process.exitCode = 1
} else await release()
