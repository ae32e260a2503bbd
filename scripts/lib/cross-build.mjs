// Addons for a target that isn't this machine, C++ in a copy of the sources, so that this machine's own build stays as
// it is; Rust by cargo, which keeps targets apart.
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { nodeGyp } from '../node-gyp.mjs'
import { buildRustAddon } from './build-rust.mjs'
import { at, isRust, readJson } from './paths.mjs'

/** Debian's cross compiler, which is quickly there: for what is run on this machine and not published. */
const debian = { CC: 'aarch64-linux-gnu-gcc', CXX: 'aarch64-linux-gnu-g++', AR: 'aarch64-linux-gnu-ar' }

/** Builds for arm64 Linux with Debian's compiler; resolves with the addon's path, or undefined when it fails. */
export async function buildForArm64(kernel) {
  const target = 'linux-arm64-glibc'
  const made = at('.cache', 'cross', 'debian', kernel, `${target}.node`)
  const build = isRust(kernel) ? buildRustAddon(kernel, made, target) : buildCppAddon(kernel, made, target, debian)
  return (await build) === 0 ? made : undefined
}

/**
 * Builds a C++ core's addon with the compilers of `tools` (CC, CXX, AR, LINK) and copies it to `made`; resolves with an
 * exit code. The copy lies below the repository, so that node-addon-api is found from it.
 */
export async function buildCppAddon(kernel, made, target, tools) {
  const copy = join(made, '..', target)
  const ours = (path) => !/^(build|dist|node_modules|\.turbo)/.test(basename(path))
  for (const name of ['common', kernel])
    cpSync(at('native', name), join(copy, name), { recursive: true, preserveTimestamps: true, filter: ours })
  // Relative to the core, as in the repository: what lists its sources.
  cpSync(at('scripts', 'list-sources.mjs'), join(copy, '..', 'scripts', 'list-sources.mjs'))
  const options = { cwd: join(copy, kernel), env: { ...process.env, ...tools } }
  const arch = `--arch=${target.split('-')[1]}`
  const { version } = readJson(at('packages', kernel, 'package.json'))
  const configured = await nodeGyp(['configure', arch, '--', `-Dkernel_version=${version}`], options)
  if (configured !== 0) return configured
  const code = await nodeGyp(['build', arch, `--jobs=${availableParallelism()}`], options)
  if (code !== 0) return code
  mkdirSync(join(made, '..'), { recursive: true })
  copyFileSync(join(copy, kernel, 'build', 'Release', `${kernel}.node`), made)
  return 0
}
