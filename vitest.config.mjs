import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
// `npm run test:slow` runs the *.slow.test.ts files and nothing else; every other run leaves them out.
const slow = process.env.UKERNELS_SLOW === '1'

const folders = ['packages', 'native', 'wasm', 'examples']
  .flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => `${group}/${name}`) : [],
  )
  .concat('benchmarks', 'scripts')
  .filter((folder) => existsSync(join(root, folder, 'test')))

export default defineConfig({
  test: {
    // Forks: addons, process flags and worker_threads behave there as in a plain node process.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: slow ? 3_600_000 : 30_000,
    hookTimeout: 60_000,
    projects: folders.map((folder) => ({
      extends: true,
      root: join(root, folder),
      test: {
        name: folder,
        include: [slow ? 'test/**/*.slow.test.{ts,mjs}' : 'test/**/*.test.{ts,mjs}'],
        exclude: slow ? ['**/node_modules/**'] : ['**/node_modules/**', '**/*.slow.test.*'],
        // What is built is loaded by Node itself, as a user's process would.
        server: { deps: { external: [/\/dist\//, /\/native\.cjs$/, /\/native-stub\.js$/] } },
      },
    })),
  },
})
