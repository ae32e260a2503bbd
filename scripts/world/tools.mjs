// The runtimes, bundlers and registries that the packages are tried with: npm packages, pinned in tools.json, one
// folder under .cache per group. Not among the repository's node_modules: there the runtimes would shadow the system's,
// and a bundler's own dependencies the packages'.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { at, readJson } from '../lib/paths.mjs'
import { npm } from '../lib/run.mjs'

const pins = readJson(at('scripts', 'world', 'tools.json'))

const platform = { win32: 'win' }[process.platform] ?? process.platform
const denoTriple = {
  linux: `linux-${process.arch}-glibc`,
  darwin: `darwin-${process.arch}`,
  win32: `win32-${process.arch}`,
}[process.platform]
const forThisMachine = (text) =>
  text.replace('{deno}', denoTriple).replace('{platform}', platform).replace('{arch}', process.arch)

/** A group's manifest for this machine. Its overrides keep npm from the tag `release-2.x`, which some registries lack. */
function manifest(group) {
  const dependencies = Object.entries(pins[group]).map(([name, pin]) => [forThisMachine(name), forThisMachine(pin)])
  return { private: true, dependencies: Object.fromEntries(dependencies), overrides: { 'node-fetch': '2.7.0' } }
}

/**
 * Installs a group of tools when it isn't there as pinned.
 *
 * @returns its folder and how to reach into it, or the reason why it can't be had
 */
export async function tools(group) {
  const folder = at('.cache', 'world', group)
  const wanted = `${JSON.stringify(manifest(group), null, 2)}\n`
  const stamp = join(folder, 'installed.json')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    console.log(`Installing ${Object.keys(pins[group]).map(forThisMachine).join(', ')} into .cache/world/${group}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), wanted)
    // --force: Node for another processor is asked for. No scripts: everything needed lies in the packages.
    const args = ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    if ((await npm([...args, '--prefix', folder], { cwd: folder })) !== 0)
      return { lacks: `the tools of '${group}' in scripts/world/tools.json could not be installed` }
    writeFileSync(stamp, wanted)
  }
  const require = createRequire(join(folder, 'package.json'))
  return {
    folder,
    path: (...parts) => join(folder, 'node_modules', ...parts),
    load: (name) => import(pathToFileURL(require.resolve(name))),
  }
}

const executable = process.platform === 'win32' ? '.exe' : ''

/** Paths of the runtimes' programs. */
export const runtimePrograms = ({ path }) => ({
  'node-22': path('node-22', 'bin', `node${executable}`),
  'node-24': path('node-24', 'bin', `node${executable}`),
  'node-arm64': path('node-arm64', 'bin', 'node'),
  bun: path('@oven', `bun-${platform}-${process.arch}`, 'bin', `bun${executable}`),
  deno: path('@deno', denoTriple, `deno${executable}`),
})

/** Debian's, Ubuntu's or Google's browser; CHROMIUM names another one. */
export const chromium = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
  .filter(Boolean)
  .find(existsSync)
