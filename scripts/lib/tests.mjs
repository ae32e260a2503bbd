// Every test there is, of every runner.
import { runBundlers } from '../world/test-bundlers.mjs'
import { runLoadErrors } from '../world/test-load-errors.mjs'
import { runRuntimes } from '../world/test-runtimes.mjs'
import { coreTestVariants, runCoreTest } from './core-tests.mjs'
import { isRust, kernels } from './paths.mjs'
import { rustKernels } from './rust.mjs'
import { runCargoTest, runCargoTestArm64 } from './rust-tests.mjs'
import { lacks } from './toolchain.mjs'
import { skippedRunner } from './totals.mjs'
import { runVitest } from './vitest.mjs'

const cppKernels = kernels.filter((kernel) => !isRust(kernel))

/** The test programs of what the C++ cores share and of each core. */
async function runCppTests(reason) {
  const names = ['common', ...cppKernels]
  if (reason) return names.map((name) => skippedRunner(`C++ core of ${name}`, reason))
  const results = []
  for (const name of names) for (const variant of coreTestVariants) results.push(await runCoreTest(name, variant))
  return results
}

async function runRustTests(reason) {
  if (rustKernels.length === 0) return []
  if (reason) return [skippedRunner('cargo test', reason)]
  return [await runCargoTest(), await runCargoTestArm64()]
}

/**
 * Runs vitest, then the cores' own tests, then the digests of every kernel in every runtime, the bundlers and the
 * load errors; resolves with their results.
 */
export async function runTests(toolchains) {
  const { cpp, rust } = toolchains
  const results = [await runVitest(), ...(await runCppTests(lacks(cpp))), ...(await runRustTests(lacks(rust)))]
  results.push(...(await runRuntimes(toolchains)), ...(await runBundlers(toolchains)))
  return [...results, ...(await runLoadErrors(toolchains))]
}
