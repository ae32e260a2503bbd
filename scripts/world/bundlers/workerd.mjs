// Cloudflare's runtime: bundles a handler, serves it, and asks it once.
import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstAnswer, freePort } from '../ports.mjs'

// A date before workerd had FinalizationRegistry: what the package needs, it must find there.
const workerdConfiguration = (modules, port) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "app", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2025-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "app")]
);
`

/** Bundles `fetch.js` of `folder` into `out`; returns what it answers. */
export async function runWorkerd({ folder, out, load, path, conditions }) {
  const { build } = await load('esbuild')
  await build({
    absWorkingDir: folder,
    entryPoints: ['fetch.js'],
    bundle: true,
    format: 'esm',
    conditions,
    loader: { '.wasm': 'copy' },
    assetNames: '[name]',
    outdir: out,
  })
  // The first one is the worker itself.
  const names = readdirSync(out).sort((a, b) => Number(b === 'fetch.js') - Number(a === 'fetch.js'))
  const modules = names.map((name) =>
    name.endsWith('.wasm')
      ? `(name = "${name}", wasm = embed "${name}")`
      : `(name = "${name}", esModule = embed "${name}")`,
  )
  const port = await freePort()
  writeFileSync(join(out, 'config.capnp'), workerdConfiguration(modules, port))
  const program = path(
    '@cloudflare',
    `workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}`,
    'bin',
    'workerd',
  )
  const child = spawn(program, ['serve', join(out, 'config.capnp')], { stdio: ['ignore', 'inherit', 'inherit'] })
  try {
    const response = await firstAnswer(`http://127.0.0.1:${port}/`, child)
    return await response.text()
  } finally {
    child.kill()
  }
}
