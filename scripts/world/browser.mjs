// A headless Chromium, and a server on loopback for what it opens.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { chromium } from './tools.mjs'

/** What the browser is started with, everywhere. */
export const browserFlags = [
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
  const { chromium: engine } = await import('playwright')
  return engine.launch({ executablePath: chromium, args: browserFlags })
}

/**
 * Serves on loopback.
 *
 * @param {(path: string) => string | Buffer | undefined} files
 * @param {(path: string) => Record<string, string>} headersOf
 */
export async function serve(files, headersOf = () => ({})) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname.slice(1)
    const content = files(path)
    if (content === undefined) return response.writeHead(404).end()
    const type = types[extname(path) || '.html'] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, ...headersOf(path) }).end(content)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}

/** Content of the files in a folder, by path. */
export const filesIn = (folder) => (path) => {
  try {
    return readFileSync(join(folder, path || 'index.html'))
  } catch {
    return undefined
  }
}
