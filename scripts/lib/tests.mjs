// Every test there is, of every runner.
import { runBundlers } from '../world/test-bundlers.mjs'
import { runRuntimes } from '../world/test-runtimes.mjs'
import { coreTestVariants, runCoreTest } from './core-tests.mjs'
import { kernels } from './paths.mjs'
import { skippedRunner } from './totals.mjs'
import { runVitest } from './vitest.mjs'

/**
 * Runs vitest, then the test programs of what the C++ cores share and of each core, then the digests of every kernel in
 * every runtime and the bundlers; resolves with their results.
 */
export async function runTests(toolchain) {
  const results = [await runVitest()]
  if (toolchain.missing.length > 0) {
    const reason = `no ${toolchain.missing.join(', no ')}: ${toolchain.remedy}`
    results.push(...kernels.map((kernel) => skippedRunner(`C++ core and native backend of ${kernel}`, reason)))
    return [...results, ...(await runRuntimes(toolchain)), ...(await runBundlers(toolchain))]
  }
  for (const name of ['common', ...kernels])
    for (const variant of coreTestVariants) results.push(await runCoreTest(name, variant))
  return [...results, ...(await runRuntimes(toolchain)), ...(await runBundlers(toolchain))]
}
