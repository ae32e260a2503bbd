/**
 * Makes the page: `node examples/paint-a-defect/build.mjs`, after `npm run build`. One file that needs no server and no
 * network: the kernel's WebAssembly and the wall are in it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { style } from '../showcase/lib/style.mjs'

const target = new URL('dist/index.html', import.meta.url)

/** @returns {Promise<string>} the HTML */
export async function buildPage() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['node:*'],
    loader: { '.png': 'dataurl' },
    logLevel: 'warning',
  })
  // The text of a script must not end it.
  const script = outputFiles[0].text.replaceAll('</script', '<\\/script')
  return readFileSync(new URL('index.html', import.meta.url), 'utf8')
    .replace('/* style */', () => style)
    .replace('/* script */', () => script)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const html = await buildPage()
  mkdirSync(new URL('.', target), { recursive: true })
  writeFileSync(target, html)
  console.log(`Open in a browser:\n${fileURLToPath(target)}`)
}
