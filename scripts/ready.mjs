// npm run ready: everything that is checked. Ends with one line of totals over all runners.
import { at, publishedPackages } from './lib/paths.mjs'
import { run, runBin } from './lib/run.mjs'
import { runTests } from './lib/tests.mjs'
import { conclude, ran } from './lib/totals.mjs'
import { setup } from './setup.mjs'

/** A check counts as one test. */
async function check(runner, start) {
  console.log(`\n— ${runner}`)
  const code = await start()
  return ran(runner, code === 0 ? 1 : 0, code === 0 ? 0 : 1)
}

const script = (name, ...args) => run(process.execPath, [at('scripts', name), ...args])

/** attw packs the package itself, into its folder. */
async function attw(name) {
  const folder = at('packages', name)
  const code = await runBin('@arethetypeswrong/cli', ['--pack', folder, '--profile', 'esm-only', '--format', 'ascii'], {
    bin: 'attw',
  })
  return code
}

const checks = [
  ['lint and format (biome)', () => runBin('@biomejs/biome', ['check', '--error-on-warnings', '.'], { bin: 'biome' })],
  ['types (tsc)', () => runBin('typescript', ['-b', 'tsconfig.check.json'], { bin: 'tsc' })],
  ['import arrows', () => script('check-arrows.mjs')],
  ['unused code (knip)', () => runBin('knip', ['--no-progress'])],
  ['native.cjs is generated', () => script('native-loader.mjs', '--check')],
  ['changesets', () => script('check-changesets.mjs')],
  ...publishedPackages.flatMap((name) => [
    [`publint ${name}`, () => runBin('publint', [at('packages', name), '--strict'])],
    [`attw ${name}`, () => attw(name)],
  ]),
]

const started = Date.now()
const toolchain = await setup()
const results = await runTests(toolchain)
for (const [runner, start] of checks) results.push(await check(runner, start))
console.log(`\n${Math.round((Date.now() - started) / 1000)} s`)
process.exitCode = conclude(results)
