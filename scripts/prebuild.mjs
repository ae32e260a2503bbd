// npm run prebuild -- <target> [kernel …]: builds addons for a target as they are published, on one Linux machine;
// checks their headers and the glibc that they need, runs the digests of those that can be run here, and records what
// was built.
//
//   → .cache/prebuilds/<kernel>/<target>.node, benchmarks/prebuilds.json
import { copyFileSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildCppAddon } from './lib/cross-build.mjs'
import { at, isRust, kernels } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { lacksPublishedStd, publishedStd, rustKernels, triples } from './lib/rust.mjs'
import { conclude, ran } from './lib/totals.mjs'
import { targets } from './native-loader.mjs'
import { addonFault } from './release/prebuilds.mjs'
import { entryOf, keep } from './release/record.mjs'
import { lacksZig, stripMachO, zigCompilers, zigPath, zigTriple } from './release/zig.mjs'
import { setup } from './setup.mjs'
import { runPrebuilt } from './world/test-runtimes.mjs'

/** A Rust library's name in cargo's folder. */
function libraryName(kernel, target) {
  const name = kernel.replaceAll('-', '_')
  if (target.startsWith('win32-')) return `${name}.dll`
  return target.startsWith('darwin-') ? `lib${name}.dylib` : `lib${name}.so`
}

/** What rustc has to be told: a library for musl is not static; Node's functions are found when it is loaded. */
function rustFlags(target) {
  if (target.endsWith('-musl')) return '-C target-feature=-crt-static'
  if (!target.startsWith('darwin-')) return ''
  // Zig's linker keeps what nothing calls unless it is told.
  return ['-undefined', 'dynamic_lookup', '-Wl,-dead_strip'].map((argument) => `-C link-arg=${argument}`).join(' ')
}

async function buildRust(kernel, target, made) {
  // Zig has the libraries of MinGW, and none of Microsoft's.
  const triple = triples[target].replace('-msvc', '-gnu')
  const cwd = at('native', kernel)
  const env = { ...process.env, ...publishedStd, ...zigPath(), RUSTFLAGS: rustFlags(target) }
  const args = ['zigbuild', '--release', '--locked', '--lib', '--target', zigTriple(target, triple)]
  const code = await run('cargo', args, { cwd, env })
  if (code === 0) copyFileSync(at('native', 'target', triple, 'release', libraryName(kernel, target)), made)
  return code
}

/** Builds one addon; resolves with the results of that and of running it. */
async function prebuild(kernel, target) {
  const name = `${kernel} for ${target}`
  const made = at('.cache', 'prebuilds', kernel, `${target}.node`)
  mkdirSync(join(made, '..'), { recursive: true })
  console.log(`\n— ${name}`)
  let code = isRust(kernel)
    ? await buildRust(kernel, target, made)
    : await buildCppAddon(kernel, made, target, zigCompilers(target, at('.cache', 'prebuilds', 'zig', target)))
  if (code === 0 && target.startsWith('darwin-')) code = stripMachO(made)
  const fault = code === 0 ? addonFault(made, target) : 'was not built'
  console.log(fault ? `✗ ${name}: the addon ${fault}` : `✓ ${made}: ${statSync(made).size} bytes`)
  if (fault) return [ran(name, 0, 1)]
  const run = await runPrebuilt(kernel, target, made)
  keep(kernel, target, entryOf(kernel, target, made, run.ran))
  return [ran(name, 1, 0), ...run.results]
}

const [target, ...names] = process.argv.slice(2)
const lacking = lacksZig() ?? (rustKernels.length > 0 ? lacksPublishedStd() : undefined)
// npm calls a script of this name before `npm run build` as well, without a target: then there is nothing to do.
if (target === undefined) process.exit(0)
if (!targets.includes(target) || names.some((name) => !kernels.includes(name))) {
  console.error(`usage: npm run prebuild -- <target> [kernel …]\ntargets: ${targets.join(', ')}`)
  process.exitCode = 2
} else if (lacking) {
  console.error(lacking)
  process.exitCode = 1
} else {
  await setup()
  const results = []
  for (const kernel of names.length > 0 ? names : kernels) results.push(...(await prebuild(kernel, target)))
  process.exitCode = conclude(results)
}
