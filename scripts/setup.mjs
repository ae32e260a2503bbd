// Gets a clone ready: packages installed, toolchain looked at, everything built. `npm start`, `npm test` and
// the other verbs begin with it; when nothing has changed it takes about a second.
//
//   node scripts/setup.mjs [kernel …]
import { readdirSync } from 'node:fs'
import { install } from './lib/install.mjs'
import { at } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { detectRust, rustKernels } from './lib/rust.mjs'
import { removeStale } from './lib/stale.mjs'
import { detectToolchain } from './lib/toolchain.mjs'

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Node ${process.versions.node} is too old: ukernels needs 20.19 or later (https://nodejs.org)`)
  process.exit(1)
}

/** Names what is missing and how to get it. With CI=true that is the end; else the kernels run on wasm alone. */
function reportToolchain({ cpp, rust }) {
  const lacking = [
    { language: 'C++', ...cpp },
    ...(rustKernels.length > 0 ? [{ language: 'Rust', ...rust }] : []),
  ].filter(({ missing }) => missing.length > 0)
  if (lacking.length === 0) return
  for (const { language, missing, remedy } of lacking) {
    console.log(`Missing for the native backends in ${language}: ${missing.join(', ')}`)
    console.log(`To install: ${remedy}`)
  }
  if (process.env.CI === 'true') {
    console.error('CI=true: a missing toolchain is an error')
    process.exit(1)
  }
  console.log('Going on with the WebAssembly backends; native tests are skipped.\n')
}

/** The environment of everything that runs here: turbo keys what it keeps by the toolchains' stamps. */
export function environment({ cpp, rust }) {
  Object.assign(process.env, {
    UKERNELS_TOOLCHAIN: cpp.stamp,
    UKERNELS_RUST: rust.stamp,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  })
}

/** Runs turbo's `build` of everything, or of what `filters` name. */
async function build(filters) {
  const turbo = at('node_modules', '.bin', process.platform === 'win32' ? 'turbo.cmd' : 'turbo')
  const args = [
    'run',
    'build',
    '--output-logs=new-only',
    '--log-order=stream',
    '--log-prefix=task',
    '--summarize=false',
  ]
  const options = { shell: process.platform === 'win32' }
  return run(turbo, [...args, ...filters.map((name) => `--filter=${name}`)], options)
}

/** All of it; returns the toolchains that were found, by language. Ends the process when a step fails. */
export async function setup(filters = []) {
  checkNode()
  const toolchains = { cpp: detectToolchain(), rust: detectRust() }
  reportToolchain(toolchains)
  await install()
  environment(toolchains)
  const code = await build(filters)
  if (code !== 0) process.exit(code)
  for (const name of readdirSync(at('packages'))) removeStale(at('packages', name))
  return toolchains
}

if (process.argv[1] === import.meta.filename) await setup(process.argv.slice(2))
