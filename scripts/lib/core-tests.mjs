// The C++ cores' own test programs: on this machine, under sanitizers, and for arm64 under qemu.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { at } from './paths.mjs'
import { capture, packageFolder, run } from './run.mjs'
import { ran, skippedRunner } from './totals.mjs'

const onPath = (command) => capture(command, ['--version']) !== undefined
const qemu = () => ['qemu-aarch64-static', 'qemu-aarch64'].find(onPath)

/** Why nothing can be built for arm64 and run here, or undefined. */
export function lacksArm64() {
  if (process.platform !== 'linux') return 'the arm64 run is set up for Linux'
  if (!onPath('aarch64-linux-gnu-g++')) return 'no arm64 cross compiler: apt-get install g++-aarch64-linux-gnu'
  return qemu() ? undefined : 'no qemu: apt-get install qemu-user-static'
}

/** Runs a command for arm64. */
export const onArm64 = (command) => [qemu(), '-L', '/usr/aarch64-linux-gnu', ...command]

/** How the program is built and run; `lacks` says why it can't be here. */
const variants = {
  host: { arch: process.arch, lacks: () => undefined },
  sanitizers: {
    arch: process.arch,
    sanitizers: 'address,undefined',
    lacks: () => (process.platform === 'linux' ? undefined : 'the sanitizer run is set up for Linux'),
  },
  'AVX-512 by SIMDe': {
    arch: process.arch,
    simde: '1',
    args: ['avx512'],
    lacks() {
      if (process.arch !== 'x64') return 'the emulation of AVX-512 is set up for x64'
      return existsSync('/usr/include/simde/x86/avx512.h') ? undefined : 'no SIMDe: apt-get install libsimde-dev'
    },
  },
  arm64: {
    arch: 'arm64',
    compiler: 'aarch64-linux-gnu-',
    wrap: onArm64,
    lacks: lacksArm64,
  },
}

const python = () => [process.env.PYTHON, 'python3', 'python'].filter(Boolean).find(onPath)

/** Generates makefiles with gyp and builds; resolves with the program's path, or undefined. */
async function build(folder, name, { arch, sanitizers = '', simde = '0', compiler = '' }) {
  const out = `build-${name.replace(/[^a-z0-9]+/gi, '-')}`
  const defines = { target_arch: arch, host_arch: process.arch, module_root_dir: folder, sanitizers, simde }
  const gyp = join(packageFolder('node-gyp'), 'gyp', 'gyp_main.py')
  const args = ['core-test.gyp', '-f', 'make', '--depth=.', `--generator-output=${out}`, '-Goutput_dir=.']
  const names = Object.entries(defines).map(([key, value]) => `-D${key}=${value}`)
  const env = { ...process.env }
  if (compiler)
    Object.assign(env, { CC: `${compiler}gcc`, CXX: `${compiler}g++`, AR: `${compiler}ar`, LINK: `${compiler}g++` })
  if ((await run(python(), [gyp, ...args, ...names], { cwd: folder, env })) !== 0) return undefined
  const make = ['-C', out, 'BUILDTYPE=Release', `-j${availableParallelism()}`, '--no-print-directory', '-s']
  if ((await run('make', make, { cwd: folder, env })) !== 0) return undefined
  return join(folder, out, 'Release', 'core-test')
}

/** Reads what a program printed: `skipped <name>: <reason>` lines, and last `N passed, N failed, N skipped`. */
export function totals(title, { code, text }) {
  const counts = /(\d+) passed, (\d+) failed/.exec(text.trim().split('\n').at(-1))
  if (!counts) return ran(title, 0, 1)
  const [passed, failed] = counts.slice(1).map(Number)
  const skips = [...text.matchAll(/^skipped (.*?): (.*)$/gm)]
  const skipped = skips.map(([, name, reason]) => ({ name: `${title}: ${name}`, reason }))
  return ran(title, passed, code !== 0 && failed === 0 ? 1 : failed, skipped)
}

/**
 * Runs one variant of the test program in native/<name>, `common` or a kernel. It prints what fails, and
 * ends with `N passed, N failed, N skipped`.
 */
export async function runCoreTest(name, variantName, args = []) {
  const title = `C++ core of ${name}, ${variantName}`
  const folder = at('native', name)
  const variant = variants[variantName]
  if (process.platform === 'win32') return skippedRunner(title, "the C++ cores' test programs are built with make")
  const lacks = variant.lacks()
  if (lacks) return skippedRunner(title, lacks)
  console.log(`\n— ${title}`)
  const program = await build(folder, variantName, variant)
  if (!program) return ran(title, 0, 1)
  const command = [program, ...(variant.args ?? []), ...args]
  return totals(title, await tee(variant.wrap?.(command) ?? command))
}

export const coreTestVariants = Object.keys(variants)

/** Runs a command, shows what it prints and keeps it. */
export function tee([command, ...args], options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part
      process.stdout.write(part)
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, text }))
  })
}
