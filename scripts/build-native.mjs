// Builds one kernel's addon: native/<kernel> → native/<kernel>/dist/<target>.node. Without a compiler
// it says so and leaves no addon, so that the kernel runs on WebAssembly alone.
//
//   node scripts/build-native.mjs <kernel> [--arch=<arch> --target=<target>]
//
// Cross builds of C++ name the compiler in CC and CXX, as node-gyp takes them, and the target's name; those of Rust
// name the target alone.
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildRustAddon } from './lib/build-rust.mjs'
import { at, isRust, kernelArgument, readJson } from './lib/paths.mjs'
import { must } from './lib/run.mjs'
import { detectRust } from './lib/rust.mjs'
import { detectToolchain, hostTarget } from './lib/toolchain.mjs'
import { nodeGyp } from './node-gyp.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { arch: { type: 'string' }, target: { type: 'string' } },
})
const kernel = kernelArgument(
  positionals[0],
  'node scripts/build-native.mjs <kernel> [--arch=<arch> --target=<target>]',
)
const folder = at('native', kernel)
const dist = join(folder, 'dist')
const target = values.target ?? hostTarget()
const made = join(dist, `${target}.node`)

async function gyp(...args) {
  const code = await nodeGyp(args, { cwd: folder })
  if (code !== 0) process.exit(code)
}

function withoutCompiler({ missing, remedy }) {
  const text = `native/${kernel} not built, no ${missing.join(', no ')}. To build it: ${remedy}`
  rmSync(made, { force: true })
  mkdirSync(dist, { recursive: true })
  writeFileSync(join(dist, 'not-built.txt'), `${text}\n`)
  console.log(text)
}

async function buildCpp() {
  const { version } = readJson(at('packages', kernel, 'package.json'))
  const arch = values.arch ? [`--arch=${values.arch}`] : []
  await gyp('configure', ...arch, '--', `-Dkernel_version=${version}`)
  await gyp('build', ...arch, `--jobs=${availableParallelism()}`)
  copyFileSync(join(folder, 'build', 'Release', `${kernel}.node`), made)
}

async function buildRust() {
  const code = await buildRustAddon(kernel, made, values.target)
  if (code !== 0) process.exit(code)
}

const toolchain = isRust(kernel) ? detectRust() : detectToolchain()
if (toolchain.missing.length > 0) withoutCompiler(toolchain)
else {
  await must(process.execPath, [at('scripts', 'generate-abi.mjs'), kernel])
  mkdirSync(dist, { recursive: true })
  await (isRust(kernel) ? buildRust : buildCpp)()
  rmSync(join(dist, 'not-built.txt'), { force: true })
  console.log(`${target}.node: ${statSync(made).size} bytes`)
}
