// npm run test:slow -- <kernel>: what takes minutes to hours (all 2^32 inputs, millions of mutated files, whole training
// runs): the *.slow.test.ts files, and the C++ core's test program with --full, or the Rust core's ignored tests and all
// of them under AddressSanitizer. Run by hand before a kernel is called done.
import { runCoreTest } from './lib/core-tests.mjs'
import { isRust, kernelArgument } from './lib/paths.mjs'
import { runCargoTestSanitized, runCargoTestSlow } from './lib/rust-tests.mjs'
import { conclude } from './lib/totals.mjs'
import { runVitest } from './lib/vitest.mjs'
import { setup } from './setup.mjs'

const [name, ...filters] = process.argv.slice(2)
const kernel = kernelArgument(name, 'npm run test:slow -- <kernel> [vitest filter …]')
const { cpp, rust } = await setup()
const results = [await runVitest(filters.length > 0 ? filters : [kernel], { UKERNELS_SLOW: '1' })]
const { missing } = isRust(kernel) ? rust : cpp
if (filters.length === 0 && missing.length === 0) {
  if (isRust(kernel)) results.push(await runCargoTestSlow(kernel), await runCargoTestSanitized())
  else results.push(await runCoreTest(kernel, 'host', ['--full']))
}
process.exitCode = conclude(results)
