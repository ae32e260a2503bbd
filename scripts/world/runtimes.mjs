// Every runtime that the digests run in, as a table: how each is started, and what keeps it from being.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { lacksArm64, onArm64 } from '../lib/core-tests.mjs'
import { buildForArm64 } from '../lib/cross-build.mjs'
import { at, isRust } from '../lib/paths.mjs'
import { lacksTarget } from '../lib/rust.mjs'
import { hostTarget } from '../lib/toolchain.mjs'
import { digestsFolder } from './digests/build.mjs'

/** The environment that names an addon. */
export const addonEnvironment = (kernel, addon) => ({
  [`UKERNELS_${kernel.toUpperCase().replaceAll('-', '_')}_NATIVE_PATH`]: addon,
})

/** The addon for arm64, cross-compiled, named to the program that runs under qemu. */
async function arm64Environment(kernel) {
  const addon = await buildForArm64(kernel)
  if (!addon) throw new Error(`the addon of ${kernel} for arm64 could not be built`)
  return addonEnvironment(kernel, addon)
}

/**
 * @param programs what `runtimePrograms` returns
 * @returns rows of `{ name, target?, command, backends, lacks?, lacksAddon?, environment? }`; `command` precedes the
 *   script, and runs prebuilds of `target`
 */
export function runtimeTable(programs) {
  const downloaded = Object.fromEntries(
    Object.entries(programs).map(([name, path]) => [
      name,
      existsSync(path) ? undefined : `no ${name} for this machine`,
    ]),
  )
  const both = ['native', 'wasm']
  return [
    {
      name: `Node ${process.versions.node.split('.')[0]}`,
      target: hostTarget(),
      command: [process.execPath],
      backends: both,
    },
    { name: 'Node 22', command: [programs['node-22']], backends: both, lacks: downloaded['node-22'] },
    { name: 'Node 24', command: [programs['node-24']], backends: both, lacks: downloaded['node-24'] },
    { name: 'Bun', command: [programs.bun], backends: both, lacks: downloaded.bun },
    { name: 'Deno', command: [programs.deno, 'run', '--allow-all'], backends: both, lacks: downloaded.deno },
    {
      name: 'Node 20 on arm64',
      target: 'linux-arm64-glibc',
      command: onArm64([programs['node-arm64']]),
      backends: both,
      lacks: lacksArm64() ?? downloaded['node-arm64'],
      lacksAddon: (kernel) => (isRust(kernel) ? lacksTarget('linux-arm64-glibc') : undefined),
      environment: arm64Environment,
    },
  ]
}

/** Arguments after a runtime's own command. */
export const digestArguments = (kernel, backend) => [
  join(digestsFolder(kernel), 'server.mjs'),
  backend,
  at('packages', kernel),
]
