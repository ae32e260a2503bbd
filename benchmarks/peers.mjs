// npm run bench:peers -- <kernel> [--processes 3] [--seconds 0.2]
//
// The kernel beside its peers: same data, same run, fresh processes by turns. What peers/<kernel> names is installed
// into .cache/peers/<kernel>, outside the workspaces; a peer that can't be installed is reported as absent. Prints the
// table, writes results/<kernel>.peers.json and the table of the package's README.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { commit, machine } from './dist/harness/machine.js'
import { peerRows } from './dist/harness/peer-rows.js'
import { mergeProcesses, operationKey } from './dist/harness/results.js'
import { parsed } from './lib/arguments.mjs'
import { writeSpeedTable } from './speed-table.mjs'

const here = import.meta.dirname
const root = join(here, '..')
const data = join(root, '.cache', 'bench', 'data')
const { values: options, positionals } = parsed({
  allowPositionals: true,
  options: { processes: { type: 'string', default: '3' }, seconds: { type: 'string', default: '0.2' } },
})
const [kernel] = positionals
if (!kernel || !existsSync(join(here, 'peers', kernel))) {
  console.error('npm run bench:peers -- <kernel>, one that has a folder in benchmarks/peers')
  process.exit(2)
}
const folder = join(here, 'peers', kernel)
const installed = join(root, '.cache', 'peers', kernel)
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error) throw error
  return status === 0
}

/** Python of the peers' environment; undefined when they couldn't be installed. */
function installPython() {
  const python = join(installed, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const system = process.env.PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3')
  if (!existsSync(python) && !run(system, ['-m', 'venv', installed])) return undefined
  console.log('installing the peers in Python, several GB the first time')
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  return run(python, [...pip, '-r', join(folder, 'requirements.txt')]) ? python : undefined
}

/** Folder of the peers on npm. */
function installNpm() {
  const packages = join(installed, 'npm')
  mkdirSync(packages, { recursive: true })
  copyFileSync(join(folder, 'npm-packages.json'), join(packages, 'package.json'))
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['install', '--prefix', packages, '--no-audit', '--no-fund', '--loglevel=error']
  // Else its install script looks for GPU libraries.
  run(npm, args, { ONNXRUNTIME_NODE_INSTALL: 'skip' })
  return packages
}

/** One process of the peers in a language; its results. */
function runPeers(command, script, job) {
  const out = join(root, '.cache', 'bench', `${kernel}.${script}.json`)
  if (!run(command, [join(folder, script), JSON.stringify({ ...job, out })]))
    return { results: [], absent: [{ peer: script, reason: 'its process failed' }] }
  return readJson(out)
}

/** One process of ours; its timings. */
function runOurs() {
  const out = join(root, '.cache', 'bench', `${kernel}.ours.json`)
  const job = { kernel: `${kernel}.peers`, data, out, rounds: 2, milliseconds: 1000 * Number(options.seconds) * 0.4 }
  if (!run(process.execPath, [join(here, 'dist/runners/process.js'), JSON.stringify(job)])) process.exit(1)
  return readJson(out).timings
}

const { targets } = await import(`./peers/${kernel}/targets.mjs`)
const { prepare } = await import(`./peers/${kernel}/prepare.mjs`)

const python = installPython()
const packages = installNpm()
mkdirSync(data, { recursive: true })
const given = await prepare(data)
const job = {
  ...given,
  ...{ data, packages, seconds: Number(options.seconds), threads: availableParallelism() },
  model: join(data, `${kernel}.onnx`),
}
const peers = []
const ours = []
for (let number = 1; number <= Number(options.processes); number++) {
  console.log(`process ${number} of ${options.processes}: the peers`)
  if (python) peers.push(runPeers(python, 'peers.py', job))
  peers.push(runPeers(process.execPath, 'peers.mjs', job))
  const known = peers.flatMap(({ results }) => results).filter(({ digest }) => digest !== null)
  const digests = Object.fromEntries(known.map(({ operation, n, digest }) => [operationKey(operation, n), digest]))
  writeFileSync(join(data, `${kernel}.peers.json`), JSON.stringify({ ...given, digests }))
  console.log(`process ${number} of ${options.processes}: @ukernels/${kernel}`)
  ours.push(runOurs())
}

const rows = peerRows(
  peers.flatMap(({ results }) => results),
  mergeProcesses(ours),
  targets,
)
const missing = [
  ...peers.flatMap(({ absent }) => absent),
  ...(python ? [] : [{ peer: 'all in Python', reason: 'requirements.txt could not be installed' }]),
]
const absent = [...new Map(missing.map((each) => [each.peer, each])).values()]
const results = { machine: machine(), date: new Date().toISOString(), commit: commit(root), rows, absent }
const file = join(here, 'results', `${kernel}.peers.json`)
mkdirSync(join(here, 'results'), { recursive: true })
writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
for (const row of rows) {
  const verdict = row.target === null ? '' : `≥ ${row.target}: ${row.met ? 'met' : 'MISSED'}`
  const we = `${row.backend} ${row.isa}${row.threads > 1 ? ` ×${row.threads}` : ''}`
  console.log(`${row.peer} | ${row.case} | ${we} | ${row.ours} | ${row.theirs} ${row.unit} | ${row.ratio}× ${verdict}`)
}
if (existsSync(join(root, 'packages', kernel, 'README.md'))) writeSpeedTable(root, kernel, results)
for (const { peer, reason } of absent) console.log(`absent: ${peer}: ${reason}`)
console.log(file)
