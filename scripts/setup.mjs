// Gets a clone ready: packages installed, toolchain looked at, everything built. `npm start`, `npm test` and
// the other verbs begin with it; when nothing has changed it takes about a second.
//
//   node scripts/setup.mjs [kernel …]
import { install } from './lib/install.mjs'
import { at } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { detectToolchain } from './lib/toolchain.mjs'

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Node ${process.versions.node} is too old: ukernels needs 20.19 or later (https://nodejs.org)`)
  process.exit(1)
}

/** Names what is missing and how to get it. With CI=true that is the end; else the kernels run on wasm alone. */
function reportToolchain(toolchain) {
  if (toolchain.missing.length === 0) return
  console.log(`Missing for the native backends: ${toolchain.missing.join(', ')}`)
  console.log(`To install: ${toolchain.remedy}`)
  if (process.env.CI === 'true') {
    console.error('CI=true: a missing toolchain is an error')
    process.exit(1)
  }
  console.log('Going on with the WebAssembly backends; native tests are skipped.\n')
}

/** The environment of everything that runs here: turbo keys what it keeps by the toolchain's stamp. */
export function environment(toolchain) {
  Object.assign(process.env, {
    UKERNELS_TOOLCHAIN: toolchain.stamp,
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

/** All of it; returns the toolchain that was found. Ends the process when a step fails. */
export async function setup(filters = []) {
  checkNode()
  const toolchain = detectToolchain()
  reportToolchain(toolchain)
  await install()
  environment(toolchain)
  const code = await build(filters)
  if (code !== 0) process.exit(code)
  return toolchain
}

if (process.argv[1] === import.meta.filename) await setup(process.argv.slice(2))
