import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { needsNode } from './scripts/lib/needs-node.mjs'
import { browserFlags } from './scripts/world/browser.mjs'
import { chromium } from './scripts/world/tools.mjs'

const root = fileURLToPath(new URL('.', import.meta.url))
// `npm run test:slow` runs the *.slow.test.ts files and nothing else; every other run leaves them out.
const slow = process.env.UKERNELS_SLOW === '1'

const folders = ['packages', 'native', 'wasm', 'examples']
  .flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => `${group}/${name}`) : [],
  )
  .concat('benchmarks', 'scripts')
  .filter((folder) => existsSync(join(root, folder, 'test')))

const packages = folders.filter((folder) => folder.startsWith('packages/'))

const node = (folder) => ({
  extends: true,
  root: join(root, folder),
  test: {
    name: folder,
    include: [slow ? 'test/**/*.slow.test.{ts,mjs}' : 'test/**/*.test.{ts,mjs}'],
    exclude: slow ? ['**/node_modules/**'] : ['**/node_modules/**', '**/*.slow.test.*'],
    // What is built is loaded by Node itself, as a user's process would.
    server: { deps: { external: [/\/dist\//, /\/native\.cjs$/, /\/native-stub\.js$/] } },
  },
})

/** The packages' tests that don't need Node, once more in Chromium, on WebAssembly. */
const browser = (folder) => ({
  extends: true,
  root: join(root, folder),
  test: {
    name: `${folder} in Chromium`,
    include: readdirSync(join(root, folder, 'test'))
      .filter((name) => /(?<!\.slow)\.test\.ts$/.test(name) && !needsNode(join(root, folder, 'test', name)))
      .map((name) => `test/${name}`),
    // One page for a package's files: a page for each costs more than the tests in it.
    isolate: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: chromium, args: browserFlags } }),
      instances: [{ browser: 'chromium' }],
    },
  },
})

export default defineConfig({
  test: {
    // Forks: addons, process flags and worker_threads behave there as in a plain node process.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: slow ? 3_600_000 : 30_000,
    hookTimeout: 60_000,
    projects: [...folders.map(node), ...(slow || !chromium ? [] : packages.map(browser))],
  },
})
