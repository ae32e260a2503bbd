// A headless Chromium, and a server on loopback for what it opens.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { chromium, tools } from './tools.mjs'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Why there is no browser here, or undefined. */
export const lacksBrowser = chromium ? undefined : 'no Chromium: apt-get install chromium'

/** Starts the browser. */
export async function openBrowser() {
  const group = await tools('browser')
  if (group.lacks) throw new Error(group.lacks)
  const { default: playwright } = await group.load('playwright-core')
  return playwright.chromium.launch({ executablePath: chromium, args: flags })
}

/**
 * Serves `files(path)` under every site's name, with the site's headers: `/<site>/<path>`.
 *
 * @param {Record<string, Record<string, string>>} sites headers by site
 * @param {(path: string) => string | Buffer | undefined} files
 */
export async function serve(sites, files) {
  const server = createServer((request, response) => {
    const [, site, ...path] = new URL(request.url, 'http://localhost').pathname.split('/')
    const content = sites[site] && files(path.join('/'))
    if (content === undefined) return response.writeHead(404).end()
    const type = types[extname(path.at(-1)) || '.html'] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, ...sites[site] }).end(content)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: (site) => `http://127.0.0.1:${server.address().port}/${site}/`, close: () => server.close() }
}

/** Content of the files in a folder, by path. */
export const filesIn = (folder) => (path) => {
  try {
    return readFileSync(join(folder, path || 'index.html'))
  } catch {
    return undefined
  }
}
