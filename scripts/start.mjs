// npm start [-- <kernel>] [-- --full]: sets up, then runs the showcase.
import { at } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { setup } from './setup.mjs'

await setup(['@ukernels/showcase...'])
process.exitCode = await run(process.execPath, [at('examples', 'showcase', 'main.mjs'), ...process.argv.slice(2)])
