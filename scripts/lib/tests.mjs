// Every test there is, of every runner.
import { runArm64Addon } from './arm64-addon.mjs'
import { coreTestVariants, runCoreTest } from './core-tests.mjs'
import { kernels } from './paths.mjs'
import { skippedRunner } from './totals.mjs'
import { runVitest } from './vitest.mjs'

/**
 * Runs vitest, then the test programs of what the C++ cores share and of each core, then each addon on arm64;
 * resolves with their results.
 */
export async function runTests(toolchain) {
  const results = [await runVitest()]
  if (toolchain.missing.length > 0) {
    const reason = `no ${toolchain.missing.join(', no ')}: ${toolchain.remedy}`
    return [...results, ...kernels.map((kernel) => skippedRunner(`C++ core and native backend of ${kernel}`, reason))]
  }
  for (const name of ['common', ...kernels])
    for (const variant of coreTestVariants) results.push(await runCoreTest(name, variant))
  for (const kernel of kernels) results.push(await runArm64Addon(kernel))
  return results
}
