// npm run release:rehearse: a release from the changeset to the user, against a private registry on loopback: versions,
// addons, tarballs, publishing, then each kernel installed by every package manager and run there on each backend.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readmeExample } from '../lib/pack.mjs'
import { kernels, publishedPackages, readJson } from '../lib/paths.mjs'
import { npmCommand } from '../lib/run.mjs'
import { lacks } from '../lib/toolchain.mjs'
import { conclude, ran, skippedRunner } from '../lib/totals.mjs'
import { setup } from '../setup.mjs'
import { record } from '../world/results.mjs'
import { runtimePrograms, tools } from '../world/tools.mjs'
import { addChangeset, buildCopy, createCopy, quietly } from './copy.mjs'
import { managerTable } from './managers.mjs'
import { publishedVersions } from './publish.mjs'
import { startRegistry } from './registry.mjs'

const backends = ['native', 'wasm']

/** Runs a step; prints how it went and how long it took. A step counts as one test. */
async function step(name, start) {
  const from = Date.now()
  const took = () => `${((Date.now() - from) / 1000).toFixed(1)} s`
  try {
    const said = await start()
    console.log(`✓ ${name}${said ? `: ${said}` : ''}, ${took()}`)
    return ran(name, 1, 0)
  } catch (error) {
    console.log(`✗ ${name}: ${error.message}`)
    return ran(name, 0, 1)
  }
}

/** The versions in the copy, by folder. */
const versionsIn = ({ folder }) =>
  Object.fromEntries(
    publishedPackages.map((name) => [name, readJson(join(folder, 'packages', name, 'package.json')).version]),
  )

const describeVersions = (versions) => Object.entries(versions).map(([name, version]) => `${name} ${version}`)

/** The newest version of each package in the registry, by folder. */
async function newest(registry) {
  const entries = publishedPackages.map(async (name) => {
    const published = await publishedVersions(registry.url, `@ukernels/${name}`)
    return [name, Object.keys(published).at(-1)]
  })
  return Object.fromEntries(await Promise.all(entries))
}

function mustEqual(found, expected, what) {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value))
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`)
}

const publishCommand = ({ folder }, tarballs, { url }) => [
  process.execPath,
  join(folder, 'scripts', 'release', 'publish.mjs'),
  tarballs,
  '--registry',
  url,
]

/** From a changeset to the registry; resolves with the folder of the tarballs. */
async function publish({ work, copy, registry }, names, size) {
  await addChangeset(copy, names, size)
  await copy.node('release/release.mjs')
  await buildCopy(
    copy,
    kernels.filter((kernel) => names.includes(kernel)),
  )
  const tarballs = join(work, `tarballs-${size}`)
  await copy.node('release/pack.mjs', tarballs, '--local')
  await copy.run(publishCommand(copy, tarballs, registry), { npm_config_userconfig: registry.userConfig })
  mustEqual(await newest(registry), versionsIn(copy), 'newest in the registry')
  return tarballs
}

/** A release of one kernel changes no other package's version. */
async function publishPatch(rehearsal, kernel) {
  const before = await newest(rehearsal.registry)
  await publish(rehearsal, [kernel], 'patch')
  const after = await newest(rehearsal.registry)
  const changed = publishedPackages.filter((name) => before[name] !== after[name])
  mustEqual(changed, [kernel], 'packages with a new version')
  return `${before[kernel]} became ${after[kernel]}`
}

/** What a command that must fail says. */
async function failure(start) {
  try {
    await start()
  } catch (error) {
    return error.message
  }
  throw new Error('it succeeded')
}

/** A source that no changeset is about fails the check, and passes it with one. */
async function unnamed(copy) {
  const kernel = kernels[0]
  appendFileSync(join(copy.folder, 'wasm', kernel, 'assembly', 'index.ts'), '// Changed without a changeset.\n')
  const said = await failure(() => copy.node('check-changesets.mjs'))
  if (!said.includes(`@ukernels/${kernel} has changed since`)) throw new Error(`check-changesets.mjs says ${said}`)
  await addChangeset(copy, [kernel], 'patch')
  await copy.node('check-changesets.mjs')
}

/** The registry refuses a version that it has; and publish.mjs, before it asks, one with other content. */
async function overwrite({ work, copy, registry }, tarballs) {
  const env = { npm_config_userconfig: registry.userConfig }
  const [{ folder, file }] = readJson(join(tarballs, 'tarballs.json'))
  const again = [...npmCommand(), 'publish', join(tarballs, file), '--registry', registry.url]
  const said = await failure(() => copy.run(again, env))
  if (!/E?409|previously published|already present/i.test(said)) throw new Error(`the registry says ${said}`)
  appendFileSync(join(copy.folder, 'packages', folder, 'README.md'), '\nChanged without a changeset.\n')
  const other = join(work, 'tarballs-other')
  await copy.node('release/pack.mjs', other, '--local')
  const refused = await failure(() => copy.run(publishCommand(copy, other, registry), env))
  if (!refused.includes('is published with other content')) throw new Error(`publish.mjs says ${refused}`)
}

/** Installs a kernel into an empty folder; resolves with what its README's example prints there, by backend. */
async function install({ work, registry }, kernel, manager) {
  const folder = mkdtempSync(join(work, 'project-'))
  const files = {
    ...manager.files(registry.url, folder),
    'package.json': '{ "name": "consumer", "private": true, "type": "module" }\n',
    'example.js': readmeExample(kernel),
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  const env = { ...manager.environment(folder), npm_config_userconfig: registry.userConfig }
  await quietly(manager.add(`@ukernels/${kernel}`), { cwd: folder, env })
  const printed = {}
  for (const backend of backends)
    printed[backend] = await quietly(manager.run('example.js'), {
      cwd: folder,
      env: { ...env, UKERNELS_BACKEND: backend },
    })
  return printed
}

/** Every kernel by every package manager: what is printed is what its example prints on wasm by the first of them. */
async function installAll(rehearsal, managers) {
  const expected = new Map()
  const installBy = async (kernel, manager) => {
    const name = `${kernel} by ${manager.name}, native and wasm`
    const result = manager.lacks
      ? skippedRunner(name, manager.lacks)
      : await step(name, async () => {
          const printed = await install(rehearsal, kernel, manager)
          if (!expected.has(kernel)) expected.set(kernel, printed.wasm)
          for (const backend of backends) mustEqual(printed[backend], expected.get(kernel), `${backend} printed`)
        })
    const state = result.failed > 0 ? 'failed' : manager.lacks ? 'skipped' : 'ran'
    const cell = { group: 'package managers', row: manager.name, kernel, state }
    return { result, cells: backends.map((backend) => ({ ...cell, backend })) }
  }
  const tasks = managers.flatMap((manager) => kernels.map((kernel) => () => installBy(kernel, manager)))
  const installed = await inLanes(2, tasks)
  record(
    'package-managers',
    installed.flatMap(({ cells }) => cells),
  )
  return installed.map(({ result }) => result)
}

/** Runs tasks, so many at a time; resolves with their results. */
async function inLanes(count, tasks) {
  const results = []
  const waiting = tasks.entries()
  const lane = async () => {
    for (const [i, task] of waiting) results[i] = await task()
  }
  await Promise.all(Array.from({ length: count }, lane))
  return results
}

async function rehearse(work, groups) {
  const registry = await startRegistry(join(work, 'registry'))
  try {
    const copy = await createCopy(join(work, 'tree'))
    const rehearsal = { work, copy, registry }
    let tarballs
    const first = await step('a release of every package', async () => {
      tarballs = await publish(rehearsal, publishedPackages, 'minor')
      return describeVersions(versionsIn(copy)).join(', ')
    })
    if (!tarballs) return [first]
    return [
      first,
      await step('the tarballs, tried as on every system', () => copy.node('release/try.mjs', tarballs).then(() => '')),
      ...(await installAll(rehearsal, managerTable(groups.registries, runtimePrograms(groups.runtimes)))),
      await step(`a patch of ${kernels.at(-1)} alone`, () => publishPatch(rehearsal, kernels.at(-1))),
      await step('a change needs a changeset', () => unnamed(copy)),
      await step('a published version stays as it is', () => overwrite(rehearsal, tarballs)),
    ]
  } finally {
    registry.close()
  }
}

/** Rehearses a release of every package. */
export async function runRehearsal({ cpp, rust }) {
  console.log('\n— a release, rehearsed')
  const reason = lacks(cpp) ?? lacks(rust)
  if (reason) return [skippedRunner('release rehearsal', reason)]
  const groups = { registries: await tools('registries'), runtimes: await tools('runtimes') }
  const lacking = Object.values(groups).find((group) => group.lacks)?.lacks
  if (lacking) return [skippedRunner('release rehearsal', lacking)]
  const work = mkdtempSync(join(tmpdir(), 'ukernels-rehearsal-'))
  try {
    return await rehearse(work, groups)
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 })
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = conclude(await runRehearsal(await setup()))
