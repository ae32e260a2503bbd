// Loads that fail at the WebAssembly module, in Node, in a page and in Cloudflare's runtime.
import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../lib/paths.mjs'
import { filesIn, lacksBrowser, serve } from '../browser.mjs'
import { runWorkerd } from '../bundlers/workerd.mjs'

const code = "await load({ backend: 'wasm' })"
const onNode =
  (...flags) =>
  (app) =>
    app.run([process.execPath, ...flags, 'main.js'])

/** Bundles the program for a page, with chunks. */
async function bundle(app, load) {
  const { build } = await load('esbuild')
  app.write('page.js', "import { main } from './app.js'\n\nglobalThis.main = main\n")
  app.write(
    'index.html',
    '<!doctype html>\n<link rel="icon" href="data:,">\n<script type="module" src="out/page.js"></script>\n',
  )
  await build({
    absWorkingDir: app.folder,
    entryPoints: ['page.js'],
    bundle: true,
    format: 'esm',
    splitting: true,
    outdir: join(app.folder, 'out'),
  })
}

/** What the program says in a page. */
async function onPage(app, { load, browser }, { headers = {}, breaks = () => {} } = {}) {
  await bundle(app, load)
  breaks()
  const server = await serve(filesIn(app.folder), () => headers)
  const page = await browser.newPage()
  try {
    await page.goto(server.url)
    await page.waitForFunction(() => globalThis.main)
    return await page.evaluate(() => globalThis.main())
  } finally {
    await page.close()
    server.close()
  }
}

/** Deletes the chunk that carries the module. */
function removeChunk({ folder }) {
  const chunk = readdirSync(join(folder, 'out')).find((name) => name.startsWith('wasm-inline'))
  rmSync(join(folder, 'out', chunk))
}

const inPage = { group: 'bundlers', lacks: () => lacksBrowser, browser: true }

/** The situations of one kernel, by `namesOf`. */
export const wasm = ({ other }) => ({
  'WebAssembly is switched off': {
    code,
    when: '`node --jitless main.js`.',
    run: onNode('--jitless'),
  },
  'WebAssembly without SIMD': {
    code,
    when: 'An old browser or processor. (Here `node --no-enable-sse4-1`.)',
    lacks: () => (process.arch === 'x64' ? undefined : 'the flag that hides SIMD is one of x64'),
    run: onNode('--no-enable-sse4-1'),
  },
  'Neither backend loads': {
    code: 'await load()',
    when: 'No addon, and no SIMD.',
    lacks: () => (process.arch === 'x64' ? undefined : 'the flag that hides SIMD is one of x64'),
    run(app) {
      rmSync(app.prebuild)
      return onNode('--no-enable-sse4-1')(app)
    },
  },
  'A page whose Content-Security-Policy forbids WebAssembly': {
    code: 'await load()',
    when: "`Content-Security-Policy: script-src 'self'`.",
    ...inPage,
    run: (app, given) => onPage(app, given, { headers: { 'content-security-policy': "script-src 'self'" } }),
  },
  'The native backend is asked for in a page': {
    code: "await load({ backend: 'native' })",
    when: 'Pages, workers and edge runtimes have no addons.',
    ...inPage,
    run: (app, given) => onPage(app, given),
  },
  "A bundle's chunk is not there": {
    code: 'await load()',
    when: 'The module is a chunk of its own; a page that is older than the deployment asks for one that is gone.',
    ...inPage,
    run: (app, given) => onPage(app, given, { breaks: () => removeChunk(app) }),
  },
  'An address that gives nothing': {
    code: "await load({ wasm: new URL('/kernels/quantization.wasm', location.href) })",
    when: 'In a page. Native is passed over there.',
    ...inPage,
    run: (app, given) => onPage(app, given),
  },
  "Cloudflare's runtime, bundled without its condition": {
    code: 'await load()',
    when: 'workerd compiles no bytes: the module has to be one of the deployment.',
    group: 'bundlers',
    async run(app, { load, path }) {
      app.write(
        'fetch.js',
        "import { main } from './app.js'\n\nexport default { fetch: async () => new Response(await main()) }\n",
      )
      return runWorkerd({ folder: app.folder, out: join(app.folder, 'out'), load, path, conditions: ['browser'] })
    },
  },
  "The package's file that carries the module is not there": {
    code,
    when: 'Left out by what copied the package.',
    run(app) {
      rmSync(app.inPackage('dist', 'wasm-inline.js'))
      return onNode()(app)
    },
  },
  "The package's file that carries the module is damaged": {
    code,
    when: 'A copy that broke off, or that a tool rewrote.',
    run(app) {
      writeFileSync(app.inPackage('dist', 'wasm-inline.js'), 'export default Uint8Array.of(0, 97, 115)\n')
      return onNode()(app)
    },
  },
  'Too little address space': {
    code,
    when: '`ulimit -v 4000000`, or such a limit of a service or container.',
    lacks: () => (process.platform === 'linux' ? undefined : 'the limit is one of Linux'),
    run: (app) => app.run(['/bin/sh', '-c', 'ulimit -v 4000000 && exec "$0" main.js', process.execPath]),
  },
  'A file that is not there': {
    code: "await load({ backend: 'wasm', wasm: new URL('./kernel.wasm', import.meta.url) })",
    when: 'In Node.',
    run: onNode(),
  },
  'Bytes that are no module': {
    code: "await load({ backend: 'wasm', wasm: new TextEncoder().encode('<!doctype html>') })",
    when: 'A server answers every address with a page.',
    run: onNode(),
  },
  'The module of another kernel': {
    code: "await load({ backend: 'wasm', wasm: new URL('./other.wasm', import.meta.url) })",
    when: `The one of \`@ukernels/${other}\`.`,
    run(app) {
      copyFileSync(at('packages', other, 'dist', `${other}.wasm`), join(app.folder, 'other.wasm'))
      return onNode()(app)
    },
  },
  '`loadSync` without a module': {
    code: "loadSync({ backend: 'wasm' })",
    when: 'The module that the package carries is imported when it is needed, which takes a promise.',
    run: onNode(),
  },
  'An unknown backend': {
    code: 'await load()',
    when: '`UKERNELS_BACKEND=gpu`.',
    run: (app) => app.run([process.execPath, 'main.js'], { UKERNELS_BACKEND: 'gpu' }),
  },
})
