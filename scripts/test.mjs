// npm test [-- <vitest filter …>]: sets up, then runs every test; with a filter, the matching vitest files alone.
import { runTests } from './lib/tests.mjs'
import { conclude } from './lib/totals.mjs'
import { runVitest } from './lib/vitest.mjs'
import { setup } from './setup.mjs'

const filters = process.argv.slice(2)
const toolchains = await setup()
process.exitCode = conclude(filters.length > 0 ? [await runVitest(filters)] : await runTests(toolchains))
