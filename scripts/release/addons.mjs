// Builds every kernel's addon for one target as it is published, and puts it into a folder from which pack.mjs takes
// it: Linux's by prebuild.mjs, for old C libraries and musl alike; the other systems' by their own compilers.
//
//   node scripts/release/addons.mjs <target> <folder>       → <folder>/<kernel>/<target>.node
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { at, kernels } from '../lib/paths.mjs'
import { must } from '../lib/run.mjs'
import { publishedStd, rustKernels } from '../lib/rust.mjs'
import { hostTarget } from '../lib/toolchain.mjs'
import { kernelFaults } from './prebuilds.mjs'

const [target, folder] = process.argv.slice(2)
const linux = target?.startsWith('linux-')
if (!folder || (!linux && target !== hostTarget())) {
  console.error(
    `usage: node scripts/release/addons.mjs <target> <folder>\nhere: targets for Linux, and ${hostTarget()}`,
  )
  process.exit(2)
}

/** With the target named, Rust's standard library is built too; MSVC's libraries go into the addon, as into C++ ones. */
async function buildPublishedRust(kernel) {
  const flags = target.startsWith('win32-') ? { RUSTFLAGS: '-C target-feature=+crt-static' } : {}
  const env = { ...process.env, ...publishedStd, ...flags }
  await must(process.execPath, [at('scripts', 'build-native.mjs'), kernel, `--target=${target}`], { env })
}

await must(process.execPath, linux ? [at('scripts', 'prebuild.mjs'), target] : [at('scripts', 'setup.mjs')])
if (!linux) for (const kernel of rustKernels) await buildPublishedRust(kernel)
for (const kernel of kernels) {
  const built = linux ? at('.cache', 'prebuilds', kernel) : at('native', kernel, 'dist')
  mkdirSync(join(folder, kernel), { recursive: true })
  copyFileSync(join(built, `${target}.node`), join(folder, kernel, `${target}.node`))
}
const faults = kernels.flatMap((kernel) => kernelFaults(kernel, [target], { folder: join(folder, kernel) }))
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
