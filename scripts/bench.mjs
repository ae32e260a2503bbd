// npm run bench, bench:peers and bench:compare: sets up, then runs the script in benchmarks/ that each is.
import { at } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { setup } from './setup.mjs'

const scripts = { '--peers': 'peers.mjs', '--compare': 'compare.mjs' }

const args = process.argv.slice(2)
const which = args.find((arg) => arg in scripts)
await setup()
const script = at('benchmarks', scripts[which] ?? 'run.mjs')
process.exitCode = await run(process.execPath, [script, ...args.filter((arg) => arg !== which)])
