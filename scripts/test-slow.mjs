// npm run test:slow -- <kernel>: what takes minutes to hours (all 2^32 inputs, 10^7 mutated files, whole training
// runs), in *.slow.test.ts. Run by hand before a kernel is called done.
import { kernelArgument } from './lib/paths.mjs'
import { conclude } from './lib/totals.mjs'
import { runVitest } from './lib/vitest.mjs'
import { setup } from './setup.mjs'

const [name, ...filters] = process.argv.slice(2)
const kernel = kernelArgument(name, 'npm run test:slow -- <kernel> [vitest filter …]')
await setup()
process.exitCode = conclude([await runVitest(filters.length > 0 ? filters : [kernel], { UKERNELS_SLOW: '1' })])
