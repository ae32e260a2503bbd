// npm run budgets [-- --update]: sizes of what is published, and heap that calls take, against benchmarks/budgets.json.
// A change beyond the tolerance, in either direction, fails: a regression is a diff of that file, and so is an improvement.
// So does what is larger than its limit there, of what is published what benchmarks/prebuilds.json has.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from './lib/pack.mjs'
import { at, isRust, kernels, publishedPackages, readJson } from './lib/paths.mjs'
import { capture } from './lib/run.mjs'
import { hostTarget, lacksFor } from './lib/toolchain.mjs'
import { ran, skippedRunner } from './lib/totals.mjs'
import { targets } from './native-loader.mjs'
import { overLimits } from './release/limits.mjs'
import { prebuilds } from './release/record.mjs'
import { setup } from './setup.mjs'

const file = at('benchmarks', 'budgets.json')

/** Relative differences that are nobody's doing: between builds by one compiler, and by two. */
const SAME_COMPILER = 0.03
const OTHER_COMPILER = 0.15
/** Of bytes of heap per call: what the engine rounds and boxes. */
const HEAP = 0.12
const HEAP_BYTES = 128

const nodeMajor = process.versions.node.split('.')[0]

/** Where the figures are from: those of another target, compiler or engine are judged more widely, or not at all. */
const origin = ({ cpp, rust }) => ({
  target: hostTarget(),
  node: nodeMajor,
  'C++': cpp.stamp.split('; ').at(-1),
  Rust: rust.stamp.split('; ').at(-1),
})

function sizesOf(name, folder) {
  const sizes = { tarball: pack(name, folder).bytes }
  const wasm = at('packages', name, 'dist', `${name}.wasm`)
  if (existsSync(wasm)) sizes.wasm = statSync(wasm).size
  const prebuilds = at('packages', name, 'prebuilds')
  const addons = existsSync(prebuilds) ? readdirSync(prebuilds) : []
  if (addons.includes(`${hostTarget()}.node`)) sizes.addon = statSync(join(prebuilds, `${hostTarget()}.node`)).size
  // With the addons of other targets it isn't the tarball that was recorded.
  if (addons.length > 1) delete sizes.tarball
  return sizes
}

function heapOf(kernel) {
  const job = JSON.stringify({ kernel, data: at('.cache', 'bench', 'data') })
  const script = at('benchmarks', 'dist', 'runners', 'allocations.js')
  const interpreted = ['--no-opt', '--no-sparkplug', '--no-maglev', '--no-lazy-feedback-allocation']
  const flags = ['--expose-gc', '--max-semi-space-size=64', '--single-threaded-gc', ...interpreted]
  const printed = capture(process.execPath, [...flags, script, job])
  if (printed === undefined) throw new Error(`benchmarks/runners/allocations.ts failed for ${kernel}`)
  return JSON.parse(printed)
}

/** Everything that is measured, by package. */
function measure(toolchains) {
  const folder = mkdtempSync(join(tmpdir(), 'ukernels-budgets-'))
  try {
    const packages = publishedPackages.map((name) => {
      const heap = kernels.includes(name) ? { 'bytes of heap per call': heapOf(name) } : {}
      return [name, { 'bytes of files': sizesOf(name, folder), ...heap }]
    })
    return { origin: origin(toolchains), packages: Object.fromEntries(packages) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Relative tolerance of a size; undefined where it can't be compared. */
function sizeTolerance(what, name, recorded, found) {
  if (what === 'wasm' || !kernels.includes(name)) return SAME_COMPILER
  if (recorded.target !== found.target) return undefined
  const language = isRust(name) ? 'Rust' : 'C++'
  return recorded[language] === found[language] ? SAME_COMPILER : OTHER_COMPILER
}

const say = (n) => n?.toLocaleString('en') ?? 'nothing'

/** What a figure's change says, or undefined within the tolerance. */
function change(label, recorded, found, tolerance) {
  if (recorded !== undefined && found !== undefined && Math.abs(found - recorded) <= tolerance) return undefined
  const percent =
    recorded && found ? ` (${found > recorded ? '+' : ''}${((found / recorded - 1) * 100).toFixed(1)} %)` : ''
  return `${label}: ${say(recorded)} → ${say(found)} bytes${percent}`
}

function sizeChanges(name, recorded, found) {
  const [before, after] = [recorded, found].map(({ packages }) => packages[name]?.['bytes of files'] ?? {})
  return Object.keys(after).flatMap((what) => {
    const tolerance = sizeTolerance(what, name, recorded.origin, found.origin)
    if (tolerance === undefined) return []
    return change(`${name}, ${what}`, before[what], after[what], tolerance * (before[what] ?? 0)) ?? []
  })
}

function heapChanges(name, recorded, found) {
  if (recorded.origin.node !== found.origin.node) return []
  const [before, after] = [recorded, found].map(({ packages }) => packages[name]?.['bytes of heap per call'] ?? {})
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((group) =>
    ['native', 'wasm'].flatMap((backend) => {
      const [was, is] = [before[group]?.[backend], after[group]?.[backend]]
      if (was === undefined && is === undefined) return []
      return change(`${name}, ${group}, heap per call on ${backend}`, was, is, Math.max(HEAP_BYTES, HEAP * was)) ?? []
    }),
  )
}

const localAddon = (name) => at('packages', name, 'prebuilds', `${hostTarget()}.node`)

/** What of a package as it is published is beyond its limits. The tarball's size follows from what its addons have packed. */
function tooLarge(name, { tarball, wasm }) {
  const built = Object.entries(prebuilds()).flatMap(([target, entries]) =>
    name in entries ? [[target, entries[name]]] : [],
  )
  const sizes = { wasm, addons: Object.fromEntries(built.map(([target, { bytes }]) => [target, bytes])) }
  if (!kernels.includes(name)) sizes.tarball = tarball
  else if (tarball && built.length === targets.length) {
    const own = gzipSync(readFileSync(localAddon(name)), { level: 9 }).length
    sizes.tarball = built.reduce((sum, [, { gzipped }]) => sum + gzipped, tarball - own)
    console.log(`${name}: ${say(sizes.tarball)} bytes with the addons of all targets`)
  }
  return overLimits(name, sizes)
}

/** As a runner of `ready`. */
export function checkBudgets(toolchains) {
  console.log('\n— budgets')
  const lacking = kernels.map((kernel) => lacksFor(kernel, toolchains)).find(Boolean)
  if (lacking) return skippedRunner('budgets', lacking)
  const unmeasured = kernels.filter((kernel) => !existsSync(at('benchmarks', 'suites', `${kernel}.ts`)))
  for (const kernel of unmeasured) console.log(`✗ ${kernel}: benchmarks/suites/${kernel}.ts is not there`)
  if (unmeasured.length > 0) return ran('budgets', 0, unmeasured.length)
  const [recorded, found] = [readJson(file), measure(toolchains)]
  const names = Object.keys(found.packages)
  const changes = names.flatMap((name) => [
    ...sizeChanges(name, recorded, found),
    ...heapChanges(name, recorded, found),
  ])
  const large = names.flatMap((name) => tooLarge(name, found.packages[name]['bytes of files']))
  for (const each of large) console.log(`✗ ${each}`)
  for (const each of changes) console.log(`✗ ${each}`)
  if (changes.length > 0)
    console.log('If that is meant: npm run budgets -- --update, and commit benchmarks/budgets.json.')
  const wrong = [...changes, ...large]
  if (wrong.length === 0) console.log('sizes and heap are those of benchmarks/budgets.json')
  return ran('budgets', names.length - new Set(wrong.map((each) => each.split(',')[0])).size, wrong.length)
}

if (process.argv[1] === import.meta.filename) {
  const toolchains = await setup()
  const { limits } = readJson(file)
  if (process.argv.includes('--update'))
    writeFileSync(file, `${JSON.stringify({ limits, ...measure(toolchains) }, null, 2)}\n`)
  else process.exitCode = checkBudgets(toolchains).failed > 0 ? 1 : 0
}
