// Builds and runs the tests of the C++ core in every form that this machine can: natively, with the
// sanitizers, with AVX-512 emulated by SIMDe, and for arm64 under qemu. The last line is the total.
//
//   node test/run.mjs [form ...] [--full]      forms: native sanitized simde arm64
//
// What is missing is reported as skipped; with CI=true it is a failure.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isArm = process.arch === 'arm64'
const x64Isas = { sse41: ['-msse4.2', '-mpopcnt'], avx2: ['-mavx2', '-mbmi', '-mbmi2', '-mlzcnt', '-mpopcnt'] }
x64Isas.avx512 = [...x64Isas.avx2, '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mprefer-vector-width=512']
const nativeIsas = isArm ? { neon: [] } : x64Isas
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer']
const simde = { ...x64Isas, avx512: [...x64Isas.avx2, '-DUK_SIMDE_AVX512', '-O1'] }

const has = (command) => spawnSync(command, ['--version']).status === 0
const needs = (missing) => missing.filter(([found]) => !found).map(([, name]) => name)

const forms = {
  native: { compiler: process.env.CXX ?? 'g++', isas: nativeIsas, optimize: '-O3' },
  sanitized: { compiler: process.env.CXX ?? 'g++', isas: nativeIsas, optimize: '-O1', flags: sanitizers },
  simde: {
    compiler: process.env.CXX ?? 'g++',
    isas: simde,
    optimize: '-O1',
    testFlags: ['-DUK_SIMDE_AVX512'],
    only: ['avx512'],
    missing: needs([[!isArm, 'an x64 machine'], [existsSync('/usr/include/simde/x86/avx512.h'), 'libsimde-dev']]),
  },
  arm64: {
    compiler: 'aarch64-linux-gnu-g++',
    isas: { neon: [] },
    optimize: '-O2',
    linkFlags: ['-static'],
    run: ['qemu-aarch64-static'],
    missing: isArm
      ? ['nothing: the native form is arm64 here']
      : needs([[has('aarch64-linux-gnu-g++'), 'g++-aarch64-linux-gnu'], [has('qemu-aarch64-static'), 'qemu-user-static']]),
  },
}

const common = [
  '-std=c++17',
  '-Wall',
  '-Wextra',
  '-Wno-uninitialized',
  '-Wno-maybe-uninitialized',
  '-ffp-contract=off',
  '-fno-exceptions',
  '-fno-rtti',
  '-fvisibility=hidden',
  '-ffunction-sections',
  '-I../common',
  '-Igenerated',
  '-Isrc',
]

function execute(command, args, quiet = true) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 })
  if (!quiet) process.stdout.write(result.stdout ?? '')
  if (result.status !== 0) process.stderr.write(`${command} ${args.join(' ')}\n${result.stderr ?? result.error}\n`)
  return result
}

/** Compiles a source of the build folder or of this one into an object. */
function compile(form, source, object, flags) {
  const args = [...common, form.optimize, ...(form.flags ?? []), ...flags, '-c', source, '-o', object]
  return execute(form.compiler, args).status === 0
}

/** No inline function may leave an object: the linker would merge it with one for another processor. */
function hasNoSharedFunctions(object) {
  const { stdout } = execute('nm', ['-C', object])
  const weak = (stdout ?? '').split('\n').filter((line) => / [WVu] (?!__asan|__ubsan|__odr)/.test(line))
  for (const line of weak) console.log(`FAILED ${object}: weak symbol ${line}`)
  return weak.length === 0
}

const sourcesOf = (directory) => readdirSync(join(root, directory)).filter((f) => f.endsWith('.cc') && f !== 'core_bench.cc')

/** Path of the test program, or undefined. All sources of an instruction set are compiled as one. */
function build(name, form) {
  const folder = join(root, 'build', 'core-test', name)
  mkdirSync(folder, { recursive: true })
  const all = join(folder, 'all.cc')
  writeFileSync(all, sourcesOf('src').map((file) => `#include "${join(root, 'src', file)}"\n`).join(''))
  const objects = []
  for (const [isa, flags] of Object.entries(form.isas)) {
    const object = join(folder, `${isa}.o`)
    objects.push(object)
    if (!compile(form, all, object, [...flags, `-DUK_ISA=${isa}`])) return undefined
    if (name === 'native' && !hasNoSharedFunctions(object)) return undefined
  }
  for (const file of sourcesOf('test')) {
    const object = join(folder, `test-${file}.o`)
    objects.push(object)
    const flags = ['-O1', ...(form.testFlags ?? []), ...(form.isas.sse41 ?? [])]
    if (!compile(form, `test/${file}`, object, flags)) return undefined
  }
  const program = join(folder, 'core_test')
  const linked = execute(form.compiler, [...objects, ...(form.flags ?? []), ...(form.linkFlags ?? []), '-o', program])
  return linked.status === 0 ? program : undefined
}

const totals = { passed: 0, failed: 0, skipped: 0 }
const wanted = process.argv.slice(2).filter((a) => a !== '--full')
const options = process.argv.includes('--full') ? ['--full'] : []

for (const [name, form] of Object.entries(forms)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (form.missing?.length > 0 || !has(form.compiler)) {
    console.log(`skipped core tests, ${name}: needs ${form.missing?.join(', ') || form.compiler}`)
    totals[process.env.CI === 'true' && !isArm ? 'failed' : 'skipped']++
    continue
  }
  console.log(`core tests, ${name}: building`)
  const program = build(name, form)
  if (program === undefined) {
    totals.failed++
    continue
  }
  const [command, ...args] = [...(form.run ?? []), program, ...(form.only ?? []), ...options]
  const { stdout, status } = execute(command, args, false)
  const line = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(stdout ?? '')
  for (const [i, key] of ['passed', 'failed', 'skipped'].entries()) totals[key] += line === null ? 0 : Number(line[i + 1])
  if (line === null || (status !== 0 && Number(line[2]) === 0)) totals.failed++
}

console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed === 0 ? 0 : 1
