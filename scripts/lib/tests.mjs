// Every test there is, of every runner.
import { runArm64Addon } from './arm64-addon.mjs'
import { coreTestVariants, runCoreTest } from './core-tests.mjs'
import { isRust, kernels } from './paths.mjs'
import { rustKernels } from './rust.mjs'
import { runCargoTest, runCargoTestArm64 } from './rust-tests.mjs'
import { skippedRunner } from './totals.mjs'
import { runVitest } from './vitest.mjs'

const cppKernels = kernels.filter((kernel) => !isRust(kernel))

/** Why the cores in one language can't be tested here, or undefined. */
export const lacks = ({ missing, remedy }) =>
  missing.length > 0 ? `no ${missing.join(', no ')}: ${remedy}` : undefined

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

/** Runs vitest, then the cores' own tests, then each addon on arm64; resolves with their results. */
export async function runTests({ cpp, rust }) {
  const results = [await runVitest(), ...(await runCppTests(lacks(cpp))), ...(await runRustTests(lacks(rust)))]
  for (const kernel of kernels) {
    const reason = lacks(isRust(kernel) ? rust : cpp)
    results.push(reason ? skippedRunner(`native backend of ${kernel}`, reason) : await runArm64Addon(kernel))
  }
  return results
}
