// npm run bench, bench:peers and bench:compare: sets up, then runs the script in benchmarks/ that each is.
import { at } from './lib/paths.mjs'
import { run } from './lib/run.mjs'
import { setup } from './setup.mjs'

const scripts = { '--peers': 'peers.mjs', '--compare': 'compare.mjs' }
const usages = {
  'run.mjs': `npm run bench [-- <kernel> … options]: the suites on every runtime and backend, one HTML report and its JSON
  --quick             one process, short turns, smaller sizes
  --runtimes <a,b>    node-20, node-22, node-24, bun, deno, chromium; default all
  --processes <n>     fresh processes per runtime, default 3 (quick: 1)
  --rounds <n>        turns of every case in a process, default 2
  --ms <n>            milliseconds of a turn, default 40 (quick: 10)
  --sizes <a,b>       elements, default those of the suite
  --filter <text>     cases whose name holds it`,
  'peers.mjs': `npm run bench:peers -- <kernel> [options]: the kernel beside its peers; installs them, several GB the first time
  --processes <n>     fresh processes, default 3
  --seconds <n>       of a measurement, default 0.2`,
  'compare.mjs': 'npm run bench:compare -- <file or commit> <file or commit>: what changed beyond the spread, A to B',
}

const args = process.argv.slice(2)
const which = args.find((arg) => arg in scripts)
const script = scripts[which] ?? 'run.mjs'
if (args.includes('--help')) console.log(usages[script])
else {
  await setup()
  const passed = args.filter((arg) => arg !== which)
  process.exitCode = await run(process.execPath, [at('benchmarks', script), ...passed])
}
