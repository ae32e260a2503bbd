// Every package manager that a kernel is installed with, as a table: what it reads, how it installs, how it runs a
// file. All its data lies in the project's folder, so that nothing of an earlier run is taken for this one's.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand } from '../lib/run.mjs'

/** Where the projects' own caches lie. */
const cache = (folder) => join(folder, '.cache')

const pnpmrc = (url, folder) => `registry=${url}\nstore-dir=${join(cache(folder), 'store')}\n`
const yarnrcYml = (url) =>
  [
    `npmRegistryServer: '${url.replace(/\/$/, '')}'`,
    "unsafeHttpWhitelist: ['127.0.0.1']",
    'nodeLinker: pnp',
    'enableGlobalCache: false',
    'enableTelemetry: false',
    // What is minutes old is held back by default, here and by Deno.
    'npmMinimalAgeGate: 0',
    '',
  ].join('\n')

/**
 * @param registries - the group of that name of world/tools.mjs
 * @param programs - what `runtimePrograms` returns
 * @returns rows of `{ name, files(url, folder), add(name), run(file), environment(folder), lacks? }`; `add` and `run`
 *   give commands
 */
export function managerTable({ path }, programs) {
  const node = (...args) => [process.execPath, ...args]
  const yarn = path('@yarnpkg', 'cli-dist', 'bin', 'yarn.js')
  const npmrc = (url) => ({ '.npmrc': `registry=${url}\n` })
  const lacks = (name) => (existsSync(programs[name]) ? undefined : `no ${name} for this machine`)
  return [
    {
      name: 'npm',
      files: npmrc,
      add: (name) => [...npmCommand(), 'install', '--no-audit', '--no-fund', name],
      run: (file) => node(file),
      environment: (folder) => ({ npm_config_cache: cache(folder) }),
    },
    {
      name: 'pnpm',
      files: (url, folder) => ({ '.npmrc': pnpmrc(url, folder) }),
      add: (name) => node(path('pnpm', 'bin', 'pnpm.cjs'), 'add', name),
      run: (file) => node(file),
      environment: (folder) => ({ XDG_CACHE_HOME: cache(folder), XDG_STATE_HOME: cache(folder) }),
    },
    {
      name: 'yarn classic',
      files: npmrc,
      add: (name) => node(path('yarn', 'bin', 'yarn.js'), 'add', '--non-interactive', name),
      run: (file) => node(file),
      environment: (folder) => ({ YARN_CACHE_FOLDER: cache(folder) }),
    },
    {
      name: "yarn berry, Plug'n'Play",
      files: (url) => ({ '.yarnrc.yml': yarnrcYml(url), 'yarn.lock': '' }),
      add: (name) => node(yarn, 'add', name),
      run: (file) => node(yarn, 'node', file),
      environment: (folder) => ({ YARN_GLOBAL_FOLDER: cache(folder) }),
    },
    {
      name: 'bun',
      files: npmrc,
      add: (name) => [programs.bun, 'add', name],
      run: (file) => [programs.bun, file],
      environment: (folder) => ({ BUN_INSTALL_CACHE_DIR: cache(folder) }),
      lacks: lacks('bun'),
    },
    {
      name: 'deno',
      files: npmrc,
      add: (name) => [programs.deno, 'add', '--quiet', '--minimum-dependency-age=0', `npm:${name}`],
      run: (file) => [programs.deno, 'run', '--quiet', '--allow-all', file],
      environment: (folder) => ({ DENO_DIR: cache(folder), DENO_NO_UPDATE_CHECK: '1' }),
      lacks: lacks('deno'),
    },
  ]
}
