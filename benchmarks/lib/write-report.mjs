// The HTML report of a result file, beside it: one page that needs no other file.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const here = join(import.meta.dirname, '..')

/** JSON inside a script element must not end it. */
const inScript = (value) => JSON.stringify(value).replaceAll('<', '\\u003c')

async function script() {
  const made = await build({
    entryPoints: [join(here, 'report', 'page.ts')],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
  })
  return made.outputFiles[0].text.replaceAll('</script', '<\\/script')
}

/** Writes the report; resolves with its path. */
export async function writeReport(file) {
  const results = JSON.parse(readFileSync(file, 'utf8'))
  const kernels = Object.keys(Object.assign({}, ...results.runtimes.map((runtime) => runtime.kernels)))
  const peers = Object.fromEntries(
    kernels
      .map((kernel) => [kernel, join(here, 'results', `${kernel}.peers.json`)])
      .filter(([, path]) => existsSync(path))
      .map(([kernel, path]) => [kernel, JSON.parse(readFileSync(path, 'utf8'))]),
  )
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ukernels: benchmarks</title>
<style>${readFileSync(join(here, 'report', 'page.css'), 'utf8')}</style>
<body>
<main id="report"></main>
<script type="application/json" id="data">${inScript({ results, peers })}</script>
<script>${await script()}</script>
`
  const path = file.replace(/\.json$/, '.html')
  writeFileSync(path, html)
  return path
}
