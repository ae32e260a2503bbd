import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildPage } from '../build.mjs'

/** @type {string} */
let html
beforeAll(async () => {
  html = await buildPage()
})

it('is one file that asks for nothing', () => {
  expect(html).not.toMatch(/<script[^>]*\ssrc=|<link rel="stylesheet"|\/\* (style|script) \*\//)
  expect(html.match(/<\/script>/g)).toHaveLength(1)
  expect(html).toContain('data:image/png;base64,')
  expect(html.length).toBeLessThan(600_000)
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
  '--virtual-time-budget=2000',
  '--dump-dom',
]

// Without a browser it is skipped, on one's own machine; where everything must run it fails.
describe.skipIf(!chromium && process.env.CI !== 'true')('the page in Chromium', () => {
  it('fits, and finds the defects that it begins with', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paint-a-defect-'))
    try {
      const file = join(folder, 'index.html')
      writeFileSync(file, html)
      const browser = spawn(chromium ?? 'chromium', [...flags, pathToFileURL(file).href], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      let dom = ''
      for await (const chunk of browser.stdout) dom += chunk
      const body = dom.slice(dom.indexOf('<body'), dom.indexOf('<script', dom.indexOf('<body')))
      expect(body).toContain('data-state="ready"')
      expect(body).toContain('WebAssembly (simd128)')
      const found = Number(/data-found="(\d+)"/.exec(body)?.[1])
      expect(found).toBeGreaterThan(1000)
      expect(found).toBeLessThan(5000)
      expect(body).not.toMatch(/NaN|undefined/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
