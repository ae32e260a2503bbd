// Bundles for servers, single executables and edge runtimes, and tools that look into packages, as a table. Each
// returns what the app printed, by backend; a check throws when it isn't content.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNode } from '../../lib/pack.mjs'
import { at, isRust } from '../../lib/paths.mjs'
import { capture } from '../../lib/run.mjs'
import { hostTarget } from '../../lib/toolchain.mjs'
import { checked, lastLine } from './app.mjs'
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
  return { native: checked, wasm: checked }
}

/** napi-sys looks every function up by its name, used or not: what a Rust addon calls is in its sources alone. */
function rustSources(kernel) {
  const folders = ['common-rs', kernel].map((name) => at('native', name, 'src'))
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
  return files
    .filter((file) => file.endsWith('.rs'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
}

/** Electron refuses memory that V8 didn't allocate: the addon uses nothing that would make such buffers. */
async function externalBuffers({ kernel }) {
  const addon = at('packages', kernel, 'prebuilds', `${hostTarget()}.node`)
  const used = isRust(kernel) ? rustSources(kernel) : capture('nm', ['-D', '--undefined-only', addon])
  if (!used?.includes('napi_')) throw new Error(`there is no Node-API in ${kernel}: its addon was looked at wrongly`)
  const external = used.match(/\w*napi_create_external_(arraybuffer|buffer)\w*/g)
  if (external) throw new Error(`the addon uses ${external.join(', ')}`)
  return { native: checked }
}

export const hosts = {
  'esbuild for Node, packages external': (app) => esbuildServer(app, { packages: 'external', format: 'cjs' }),
  'esbuild for Node, CommonJS, addon copied': (app) => esbuildServer(app, { loader: { '.node': 'copy' } }),
  'Vite SSR': viteSsr,
  'bun build --compile, the addon inside': bunCompile,
  workerd,
  'file tracing (@vercel/nft)': fileTracing,
  'no external buffers (Electron)': externalBuffers,
}
