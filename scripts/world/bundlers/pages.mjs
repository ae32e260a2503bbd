// Bundlers whose output a page opens, as a table. Each builds the app in `folder` into `out` with nothing configured
// beyond the entry, and returns the address of what it serves itself, if it does.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from '../../lib/run.mjs'

/** A page for bundlers that make none. */
function writePage(out, type = '') {
  writeFileSync(
    join(out, 'index.html'),
    `<!doctype html>\n<meta charset="utf-8">\n<title>app</title>\n<script${type} src="main.js"></script>\n`,
  )
}
const modulePage = (out) => writePage(out, ' type="module"')

async function webpackBuild({ folder, out, load }) {
  const { default: webpack } = await load('webpack')
  const configuration = { context: folder, entry: './main.js', mode: 'production', output: { path: out } }
  const stats = await new Promise((resolve, reject) =>
    webpack(configuration, (error, made) => (error ? reject(error) : resolve(made))),
  )
  if (stats.hasErrors() || stats.hasWarnings())
    throw new Error(stats.toString({ all: false, errors: true, warnings: true }))
  writePage(out)
}

async function rollupBuild({ folder, out, load }) {
  const { rollup } = await load('rollup')
  const { default: nodeResolve } = await load('@rollup/plugin-node-resolve')
  const bundle = await rollup({ input: join(folder, 'main.js'), plugins: [nodeResolve({ browser: true })] })
  await bundle.write({ dir: out })
  modulePage(out)
}

async function rolldownBuild({ folder, out, load }) {
  const { rolldown } = await load('rolldown')
  const bundle = await rolldown({ cwd: folder, input: './main.js', platform: 'browser' })
  await bundle.write({ dir: out })
  modulePage(out)
}

async function viteDev({ folder, load }) {
  const { createServer } = await load('vite')
  const server = await createServer({
    root: folder,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, strictPort: false },
  })
  await server.listen()
  return { url: server.resolvedUrls.local[0], close: () => server.close() }
}

export const pageBundlers = {
  'Vite, build': async ({ folder, out, load }) => {
    const { build } = await load('vite')
    await build({ root: folder, logLevel: 'error', build: { outDir: out } })
  },
  'Vite, dev server': viteDev,
  webpack: webpackBuild,
  esbuild: async ({ folder, out, load }) => {
    const { build } = await load('esbuild')
    await build({ absWorkingDir: folder, entryPoints: ['main.js'], bundle: true, outfile: join(out, 'main.js') })
    writePage(out)
  },
  'Rollup with node-resolve': rollupBuild,
  Rolldown: rolldownBuild,
  'Bun build': async ({ folder, out, bun }) => {
    if (capture(bun, ['build', 'main.js', `--outdir=${out}`], { cwd: folder }) === undefined)
      throw new Error('bun build failed')
    modulePage(out)
  },
}
