// Every test there is, of every runner.
import { runCoreTest } from './core-tests.mjs'
import { kernels } from './paths.mjs'
import { skippedRunner } from './totals.mjs'
import { runVitest } from './vitest.mjs'

/** Runs vitest, then each C++ core's own test program; resolves with their results. */
export async function runTests(toolchain) {
  const results = [await runVitest()]
  for (const kernel of kernels)
    if (toolchain.missing.length > 0)
      results.push(skippedRunner(`C++ core of ${kernel}`, `no ${toolchain.missing.join(', no ')}: ${toolchain.remedy}`))
    else for (const variant of ['host', 'sanitizers', 'arm64']) results.push(await runCoreTest(kernel, variant))
  return results
}
