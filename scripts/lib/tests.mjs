// Every test there is, of every runner.
import { coreTestVariants, runCoreTest } from './core-tests.mjs'
import { kernels } from './paths.mjs'
import { skippedRunner } from './totals.mjs'
import { runVitest } from './vitest.mjs'

/** Runs vitest, then the test programs of what the C++ cores share and of each core; resolves with their results. */
export async function runTests(toolchain) {
  const results = [await runVitest()]
  for (const name of ['common', ...kernels])
    if (toolchain.missing.length > 0) {
      const reason = `no ${toolchain.missing.join(', no ')}: ${toolchain.remedy}`
      results.push(skippedRunner(`C++ core of ${name} and its native backend`, reason))
    } else for (const variant of coreTestVariants) results.push(await runCoreTest(name, variant))
  return results
}
