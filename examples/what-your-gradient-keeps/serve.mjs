/**
 * Serves the page: `node examples/what-your-gradient-keeps/serve.mjs [port]`, after `npm run build`. Only the files of
 * the page, what it imports, and the digits; nothing is bundled.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { loadDigits } from '../showcase/gradient-quantization/digits.mjs'
import { style } from '../showcase/lib/style.mjs'

const root = new URL('../../', import.meta.url)
const page = '/examples/what-your-gradient-keeps/'

/** Folders whose files may be asked for. */
const folders = [
  page,
  '/examples/showcase/lib/',
  '/examples/showcase/gradient-quantization/',
  '/packages/runtime/dist/',
  '/packages/gradient-quantization/dist/',
]
const files = ['/packages/gradient-quantization/native-stub.js']

/** @type {Record<string, string>} by extension */
const types = { '.html': 'text/html; charset=utf-8', '.mjs': 'text/javascript', '.js': 'text/javascript' }

/** One byte per label, then one per pixel. */
function digitBytes() {
  const { labels, images } = loadDigits()
  const bytes = new Uint8Array(labels.length + images.length)
  bytes.set(labels)
  images.forEach((value, i) => {
    bytes[labels.length + i] = Math.round(255 * value)
  })
  return bytes
}

/** @type {Uint8Array | undefined} */
let digits

/** @param {string} path @returns {Promise<{ type: string, body: Uint8Array | string } | undefined>} */
async function answer(path) {
  if (path === '/style.css') return { type: 'text/css', body: style }
  if (path === '/digits.bin') {
    digits ??= digitBytes()
    return { type: 'application/octet-stream', body: digits }
  }
  const wanted = path === page ? `${page}index.html` : path
  const type = types[extname(wanted)]
  const allowed = files.includes(wanted) || folders.some((folder) => wanted.startsWith(folder))
  if (!type || !allowed) return undefined
  try {
    return { type, body: await readFile(fileURLToPath(new URL(`.${wanted}`, root))) }
  } catch {
    return undefined
  }
}

/** A server that isn't listening yet. */
export function createPageServer() {
  return createServer(async ({ method, url }, response) => {
    // The URL class resolves '..', also when it is written with percent signs.
    const { pathname } = new URL(url ?? '/', 'http://localhost')
    if (pathname === '/') {
      response.writeHead(302, { location: page }).end()
      return
    }
    const found = method === 'GET' || method === 'HEAD' ? await answer(pathname) : undefined
    if (!found) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
      return
    }
    response.writeHead(200, { 'content-type': found.type, 'cache-control': 'no-cache' })
    response.end(method === 'HEAD' ? undefined : found.body)
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const port = Number(process.argv[2] ?? 8080)
  createPageServer().listen(port, '127.0.0.1', () => console.log(`http://localhost:${port}${page}`))
}
