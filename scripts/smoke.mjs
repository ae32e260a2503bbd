// Every stateless row's samples on one addon against the kernel's wasm: for runtimes and machines on which vitest
// doesn't run, arm64 under qemu for one. Ends with `N passed, N failed`.
//
//   node scripts/smoke.mjs <kernel> [addon file]

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { checkNativeFile, createNativeBackend, createWasmBackend, nativeTarget, prepareRow } from '@ukernels/runtime'
import { deviation, difference, isExact, outcomeOf } from '../packages/test-kit/dist/outcome.js'
import { argumentsOf, call, createSampleSource } from '../packages/test-kit/dist/samples.js'
import { at, kernelArgument } from './lib/paths.mjs'

const [name, file] = process.argv.slice(2)
const kernel = kernelArgument(name, 'node scripts/smoke.mjs <kernel> [addon file]')
const require = createRequire(import.meta.url)
const { abi, samples } = await import(`../packages/${kernel}/dist/abi.js`)
const addon = file ? require(file) : require(at('packages', kernel, 'native.cjs'))(nativeTarget(), checkNativeFile)
const wasm = createWasmBackend(
  abi,
  new WebAssembly.Module(readFileSync(at('packages', kernel, 'dist', `${kernel}.wasm`))),
)
const stateless = (row) => !row.params.some(({ kind }) => ['handle', 'creates', 'frees'].includes(kind))
const rows = Object.entries(abi.rows)
  .map(([rowName, row]) => prepareRow(rowName, row))
  .filter(stateless)

function outcome(backend, row, sample) {
  const args = argumentsOf(row, sample)
  return outcomeOf(row, args, call(backend, row.name, args))
}

/** The same bits, or, where the row has a bound, no further apart than that allows. */
const agree = (row, sample, a, b) => (isExact(row, sample) ? difference(a, b) : deviation(row, a, b)) === undefined

const counts = { passed: 0, failed: 0 }
for (const isa of addon.isas) {
  const native = createNativeBackend(abi, addon, { isa, threads: 2 })
  for (const row of rows) {
    const found = samples[row.name](createSampleSource(1)).findIndex(
      (sample) => !agree(row, sample, outcome(wasm, row, sample), outcome(native, row, sample)),
    )
    counts[found < 0 ? 'passed' : 'failed']++
    if (found >= 0) console.log(`${row.name}: sample ${found} differs between ${isa} and wasm`)
  }
  native.dispose()
}
wasm.dispose()
console.log(`${process.arch}, node ${process.versions.node}, ${addon.isas.join(' ')}`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
