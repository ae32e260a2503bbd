// Bundles for servers, single executables and edge runtimes, and tools that look into packages, as a table. Each
// returns what the app printed, by backend; a check throws when it isn't content.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runNode } from '../../lib/pack.mjs'
import { at } from '../../lib/paths.mjs'
import { capture } from '../../lib/run.mjs'
import { hostTarget } from '../../lib/toolchain.mjs'
import { lastLine } from './app.mjs'
import { runWorkerd } from './workerd.mjs'

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

async function workerd(app) {
  return { wasm: `${await runWorkerd({ ...app, conditions: ['workerd'] })}\n${lastLine}` }
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
