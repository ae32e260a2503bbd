// npm run bench [-- <kernel>] and npm run bench:peers -- <kernel>: sets up, then runs the benchmarks.
import { at } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { setup } from './setup.mjs'

const args = process.argv.slice(2)
const peers = args.includes('--peers')
await setup()
const runner = at('benchmarks', peers ? 'peers.mjs' : 'run.mjs')
process.exitCode = await run(process.execPath, [runner, ...args.filter((arg) => arg !== '--peers')])
