// Bundles for servers, single executables and edge runtimes, and tools that look into packages, as a table. Each
// returns what the app printed, by backend; a check throws when it isn't content.
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNode } from '../../lib/pack.mjs'
import { at } from '../../lib/paths.mjs'
import { capture } from '../../lib/run.mjs'
import { hostTarget } from '../../lib/toolchain.mjs'
import { freePort } from '../ports.mjs'
import { lastLine } from './app.mjs'

const backends = ['native', 'wasm']

/** Runs a file on each backend. */
const onNode = (folder, file) =>
  Object.fromEntries(backends.map((backend) => [backend, runNode(folder, file, { UKERNELS_BACKEND: backend }).trim()]))

async function esbuildServer({ folder, out, load }, options) {
  const { build } = await load('esbuild')
  await build({
    absWorkingDir: folder,
    entryPoints: ['main.js'],
    bundle: true,
    platform: 'node',
    outdir: out,
    outExtension: { '.js': '.cjs' },
    ...options,
  })
  return onNode(folder, join(out, 'main.cjs'))
}

async function viteSsr({ folder, out, load }) {
  const { build } = await load('vite')
  await build({ root: folder, logLevel: 'error', build: { ssr: 'main.js', outDir: out } })
  return onNode(folder, join(out, 'main.js'))
}

/** One file that runs where there is no package beside it. */
async function bunCompile({ folder, out, bun }) {
  const file = join(out, 'app')
  if (capture(bun, ['build', '--compile', 'main.js', `--outfile=${file}`], { cwd: folder }) === undefined)
    throw new Error('bun build --compile failed')
  const empty = join(out, 'elsewhere')
  mkdirSync(empty)
  const run = (backend) => capture(file, [], { cwd: empty, env: { ...process.env, UKERNELS_BACKEND: backend } })
  return Object.fromEntries(backends.map((backend) => [backend, run(backend) ?? 'it failed']))
}

// A date before workerd had FinalizationRegistry: what the package needs, it must find there.
const workerdConfiguration = (modules, port) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "app", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2025-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "app")]
);
`

/** The answer of a server that is starting. */
async function answer(url, ended) {
  for (let tries = 0; tries < 100 && !ended(); tries++) {
    const response = await fetch(url).catch(() => undefined)
    if (response) return await response.text()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('workerd did not answer')
}

async function workerd({ folder, out, load, path }) {
  const { build } = await load('esbuild')
  await build({
    absWorkingDir: folder,
    entryPoints: ['fetch.js'],
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
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
    return { wasm: `${await answer(`http://127.0.0.1:${port}/`, () => child.exitCode !== null)}\n${lastLine}` }
  } finally {
    child.kill()
  }
}

/** What serverless platforms copy. */
async function fileTracing({ folder, kernel, load }) {
  const { nodeFileTrace } = await load('@vercel/nft')
  const { fileList } = await nodeFileTrace([join(folder, 'main.js')], { base: folder })
  const needed = [`prebuilds/${hostTarget()}.node`, 'dist/wasm-inline.js']
  const missing = needed.filter((file) => !fileList.has(join('node_modules', '@ukernels', kernel, file)))
  if (missing.length > 0) throw new Error(`not traced: ${missing.join(', ')}`)
  return {}
}

/** Electron refuses memory that V8 didn't allocate: the addon imports nothing that would make such buffers. */
async function externalBuffers({ kernel }) {
  const addon = at('packages', kernel, 'prebuilds', `${hostTarget()}.node`)
  const symbols = capture('nm', ['-D', '--undefined-only', addon])
  if (!symbols?.includes('napi_')) throw new Error(`nm tells nothing about ${addon}`)
  const external = symbols.match(/\w*napi_create_external_(arraybuffer|buffer)\w*/g)
  if (external) throw new Error(`the addon imports ${external.join(', ')}`)
  return {}
}

export const hosts = {
  'esbuild for Node, packages external': (app) => esbuildServer(app, { packages: 'external', format: 'cjs' }),
  'esbuild for Node, addon copied': (app) => esbuildServer(app, { loader: { '.node': 'copy' } }),
  'Vite SSR': viteSsr,
  'bun build --compile, the addon inside': bunCompile,
  workerd,
  'file tracing (@vercel/nft)': fileTracing,
  'no external buffers (Electron)': externalBuffers,
}
