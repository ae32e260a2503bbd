import { spawn, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPageServer } from '../serve.mjs'

const server = createPageServer()
/** @type {string} */
let origin
beforeAll(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address.port : address}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('the server', () => {
  it('leads to the page', async () => {
    const response = await fetch(origin)
    expect(new URL(response.url).pathname).toBe('/examples/what-your-gradient-keeps/')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain('<h1>What your gradient keeps</h1>')
  })

  it('has everything that the page names', async () => {
    const html = await (await fetch(origin)).text()
    const named = [...html.matchAll(/"(\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
    expect(named.length).toBeGreaterThan(4)
    for (const path of named) expect([path, (await fetch(origin + path)).status]).toEqual([path, 200])
  })

  it('sends the digits as bytes', async () => {
    const bytes = new Uint8Array(await (await fetch(`${origin}/digits.bin`)).arrayBuffer())
    expect(bytes).toHaveLength(10_000 * 785)
    expect(Math.max(...bytes.subarray(0, 10_000))).toBe(9)
  })

  it.each([
    '/package.json',
    '/packages/runtime/dist/../package.json',
    '/packages/runtime/dist/%2e%2e/package.json',
    '/packages/runtime/dist/index.d.ts',
    '/examples/showcase/lib/nothing.mjs',
    '/etc/passwd',
  ])('does not have %s', async (path) => {
    expect((await fetch(origin + path)).status).toBe(404)
  })

  it('takes no POST', async () => {
    expect((await fetch(`${origin}/style.css`, { method: 'POST' })).status).toBe(404)
  })
})

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
)
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--virtual-time-budget=260',
  '--dump-dom',
]

// Without a browser it is skipped, on one's own machine; where everything must run it fails.
describe.skipIf(!chromium && process.env.CI !== 'true')('the page in Chromium', () => {
  it('learns and draws', { timeout: 120_000 }, async () => {
    const browser = spawn(chromium ?? 'chromium', [...flags, origin], { stdio: ['ignore', 'pipe', 'ignore'] })
    let dom = ''
    for await (const chunk of browser.stdout) dom += chunk
    expect(dom).toMatch(/<body data-state="(learning|done)"/)
    expect(dom).toContain('WebAssembly (simd128)')
    // Histogram, curves and dial.
    expect(dom.match(/<svg /g)).toHaveLength(3)
    expect(dom).not.toMatch(/NaN|undefined/)
  })
})
