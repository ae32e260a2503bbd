// A job in a fresh Chromium: the kernel's suite bundled for a page, which is cross-origin isolated for its finer clock.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { openBrowser, serve } from '../../scripts/world/browser.mjs'

const here = join(import.meta.dirname, '..')
const root = join(here, '..')

const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
const page =
  '<!doctype html><title>benchmark</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>'

/** What is Node's in the suites has a module of the same names for pages. */
const platformOfPages = {
  name: 'platform of pages',
  setup(build) {
    build.onResolve({ filter: /\/platform\.js$/ }, () => ({ path: join(here, 'dist', 'harness', 'platform-page.js') }))
  },
}

async function bundle(kernel) {
  const path = (...parts) => JSON.stringify(join(...parts))
  const entry = `
    import { offer } from ${path(here, 'dist', 'runners', 'page.js')}
    import { open } from ${path(here, 'dist', 'suites', `${kernel}.js`)}
    import * as table from ${path(root, 'packages', kernel, 'dist', 'abi.js')}
    offer(open, table)`
  const made = await build({
    stdin: { contents: entry, resolveDir: here },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    plugins: [platformOfPages],
    // What kernels.ts sets for native backends.
    define: { 'process.env': '{}' },
    logLevel: 'warning',
  })
  return made.outputFiles[0].text
}

/** Measures a job on a page. */
export async function runOnPage(job) {
  const { kernel } = job
  const files = {
    '': page,
    'page.js': await bundle(kernel),
    [`${kernel}.wasm`]: readFileSync(join(root, 'packages', kernel, 'dist', `${kernel}.wasm`)),
  }
  const server = await serve(
    (path) => files[path],
    () => isolated,
  )
  const browser = await openBrowser()
  try {
    const tab = await browser.newPage()
    const broken = new Promise((_, reject) => tab.on('pageerror', reject))
    await tab.goto(server.url)
    await tab.waitForFunction(() => globalThis.runJob)
    const timings = await Promise.race([tab.evaluate((given) => globalThis.runJob(given), job), broken])
    return { runtime: `chromium ${browser.version()}`, timings }
  } finally {
    await browser.close()
    server.close()
  }
}
