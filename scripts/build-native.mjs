// Builds one kernel's addon: native/<kernel> → native/<kernel>/dist/<target>.node. Without a compiler
// it says so and leaves no addon, so that the kernel runs on WebAssembly alone.
//
//   node scripts/build-native.mjs <kernel> [--arch=<arch> --target=<target>]
//
// Cross builds name the compiler in CC and CXX, as node-gyp takes them, and the target's name.
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { at, kernelArgument, readJson } from './lib/paths.mjs'
import { must } from './lib/run.mjs'
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

async function gyp(...args) {
  const code = await nodeGyp(args, { cwd: folder })
  if (code !== 0) process.exit(code)
}

function withoutCompiler({ missing, remedy }) {
  const text = `native/${kernel} not built, no ${missing.join(', no ')}. To build it: ${remedy}`
  rmSync(join(dist, `${target}.node`), { force: true })
  mkdirSync(dist, { recursive: true })
  writeFileSync(join(dist, 'not-built.txt'), `${text}\n`)
  console.log(text)
}

async function build() {
  await must(process.execPath, [at('scripts', 'generate-abi.mjs'), kernel])
  const { version } = readJson(at('packages', kernel, 'package.json'))
  const arch = values.arch ? [`--arch=${values.arch}`] : []
  await gyp('configure', ...arch, '--', `-Dkernel_version=${version}`)
  await gyp('build', ...arch, `--jobs=${availableParallelism()}`)
  rmSync(join(dist, 'not-built.txt'), { force: true })
  mkdirSync(dist, { recursive: true })
  const made = join(dist, `${target}.node`)
  copyFileSync(join(folder, 'build', 'Release', `${kernel}.node`), made)
  console.log(`${target}.node: ${statSync(made).size} bytes`)
}

const toolchain = detectToolchain()
if (toolchain.missing.length > 0) withoutCompiler(toolchain)
else await build()
