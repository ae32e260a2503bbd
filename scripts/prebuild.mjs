// Builds one kernel's addon for a target that isn't this machine: C++ with the cross compiler named below or by CC and
// CXX, in a copy of the sources, so that this machine's own build stays as it is; Rust with cargo, which keeps them apart.
//
//   node scripts/prebuild.mjs <kernel> <target>     → .cache/prebuilds/<kernel>/<target>.node
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { buildRustAddon } from './lib/build-rust.mjs'
import { at, isRust, kernelArgument, readJson } from './lib/paths.mjs'
import { nodeGyp } from './node-gyp.mjs'

/** Debian's cross compilers. */
const compilers = { 'linux-arm64-glibc': 'aarch64-linux-gnu-', 'linux-x64-glibc': 'x86_64-linux-gnu-' }

function environment(target) {
  const prefix = compilers[target]
  if (!prefix) return process.env
  return { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}ar`, ...process.env }
}

/** Builds; returns the addon's path, or undefined when the build fails. */
export async function prebuild(kernel, target) {
  const made = at('.cache', 'prebuilds', kernel, `${target}.node`)
  if (isRust(kernel)) return (await buildRustAddon(kernel, made, target)) === 0 ? made : undefined
  return (await prebuildCpp(kernel, target, made)) === 0 ? made : undefined
}

async function prebuildCpp(kernel, target, made) {
  // Below the repository, so that node-addon-api is found from it.
  const copy = at('.cache', 'cross', target, 'native')
  const ours = (path) => !/^(build|dist|node_modules|\.turbo)/.test(basename(path))
  for (const name of ['common', kernel])
    cpSync(at('native', name), join(copy, name), { recursive: true, preserveTimestamps: true, filter: ours })
  // Relative to the core, as in the repository: what lists its sources.
  cpSync(at('scripts', 'list-sources.mjs'), join(copy, '..', 'scripts', 'list-sources.mjs'))
  const options = { cwd: join(copy, kernel), env: environment(target) }
  const arch = `--arch=${target.split('-')[1]}`
  const { version } = readJson(at('packages', kernel, 'package.json'))
  const configured = await nodeGyp(['configure', arch, '--', `-Dkernel_version=${version}`], options)
  if (configured !== 0) return configured
  const code = await nodeGyp(['build', arch, `--jobs=${availableParallelism()}`], options)
  if (code !== 0) return code
  mkdirSync(at('.cache', 'prebuilds', kernel), { recursive: true })
  copyFileSync(join(copy, kernel, 'build', 'Release', `${kernel}.node`), made)
  return 0
}

if (process.argv[1] === import.meta.filename) {
  const usage = 'node scripts/prebuild.mjs <kernel> <target>'
  const made = await prebuild(kernelArgument(process.argv[2], usage), process.argv[3] ?? '')
  if (made) console.log(made)
  process.exitCode = made ? 0 : 1
}
