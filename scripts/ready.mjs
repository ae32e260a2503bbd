// npm run ready: everything that is checked. Ends with one line of totals over all runners.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkBudgets } from './budgets.mjs'
import { at, publishedPackages } from './lib/paths.mjs'
import { run, runBin } from './lib/run.mjs'
import { rustKernels } from './lib/rust.mjs'
import { rustChecks } from './lib/rust-tests.mjs'
import { runTests } from './lib/tests.mjs'
import { lacks } from './lib/toolchain.mjs'
import { conclude, ran, skippedRunner } from './lib/totals.mjs'
import { runRehearsal } from './release/rehearse.mjs'
import { setup } from './setup.mjs'
import { checkTable } from './world/where-it-runs.mjs'

/** A check counts as one test. */
async function check(runner, start) {
  console.log(`\n— ${runner}`)
  const code = await start()
  return ran(runner, code === 0 ? 1 : 0, code === 0 ? 0 : 1)
}

const script = (name, ...args) => run(process.execPath, [at('scripts', name), ...args])

/** attw packs the package itself, into its folder. */
function attw(name) {
  const args = ['--pack', at('packages', name), '--profile', 'esm-only', '--format', 'ascii']
  return runBin('@arethetypeswrong/cli', [...args, '--exclude-entrypoints', './kernel.wasm'], { bin: 'attw' })
}

/** The libraries, then everything that is only checked: tests, examples. */
function types() {
  const groups = ['packages', 'wasm', 'examples'].flatMap((group) =>
    readdirSync(at(group)).flatMap((name) => [
      join(group, name, 'tsconfig.test.json'),
      join(group, name, 'tsconfig.json'),
    ]),
  )
  return runBin('typescript', ['-b', '.', ...groups.filter((path) => existsSync(at(path)))], { bin: 'tsc' })
}

const checks = [
  ['lint and format (biome)', () => runBin('@biomejs/biome', ['check', '--error-on-warnings', '.'], { bin: 'biome' })],
  ['types (tsc)', types],
  ['import arrows', () => script('check-arrows.mjs')],
  ['unused code (knip)', () => runBin('knip', ['--no-progress'])],
  ['loaders are generated', () => script('native-loader.mjs', '--check')],
  ['constants of the elementary functions are generated', () => script('generate-math.mjs', '--check')],
  ["README's table 'where it runs'", checkTable],
  ['workflows (actionlint)', () => script('check-workflows.mjs')],
  ['changesets', () => script('check-changesets.mjs')],
  ...publishedPackages.flatMap((name) => [
    [`publint ${name}`, () => runBin('publint', [at('packages', name), '--strict'])],
    [`attw ${name}`, () => attw(name)],
  ]),
]

const started = Date.now()
const toolchains = await setup()
const results = await runTests(toolchains)
results.push(...(await runRehearsal(toolchains)))
const noRust = lacks(toolchains.rust)
for (const [runner, start] of rustKernels.length > 0 ? rustChecks : [])
  results.push(noRust ? skippedRunner(runner, noRust) : await check(runner, start))
results.push(checkBudgets(toolchains))
for (const [runner, start] of checks) results.push(await check(runner, start))
console.log(`\n${Math.round((Date.now() - started) / 1000)} s`)
process.exitCode = conclude(results)
