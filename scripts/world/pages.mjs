// The digests in Chromium: on pages with and without cross-origin isolation, in a worker, under a
// Content-Security-Policy.

import { readFileSync } from 'node:fs'
import { at } from '../lib/paths.mjs'
import { filesIn, openBrowser, serve } from './browser.mjs'
import { timed } from './collect.mjs'
import { digestsFolder } from './digests/build.mjs'

const page =
  '<!doctype html><title>digests</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>'

/** Headers of the sites that the page is served from. */
const sites = {
  plain: {},
  isolated: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
  'script-src': { 'content-security-policy': "script-src 'self'" },
  'wasm-unsafe-eval': { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'" },
}

const assert = (condition, message) => {
  if (!condition) throw new Error(message)
}

/** Calls a function of the page's script on one of the sites. */
async function onSite(browser, server, site, name) {
  const tab = await browser.newPage()
  try {
    const broken = new Promise((_, reject) => tab.on('pageerror', reject))
    await tab.goto(`${server.url}${site}/`)
    const isolated = await tab.evaluate(() => globalThis.crossOriginIsolated)
    assert(isolated === (site === 'isolated'), `crossOriginIsolated is ${isolated}`)
    await tab.waitForFunction(() => globalThis.ukernels)
    return await Promise.race([tab.evaluate((which) => globalThis.ukernels[which](), name), broken])
  } finally {
    await tab.close()
  }
}

/** `script-src 'self'` gives the documented error. Returned as a report, so that it is counted like the others. */
async function refused(browser, server) {
  const error = await onSite(browser, server, 'script-src', 'load')
  assert(error.name === 'KernelLoadError', `expected a KernelLoadError, got ${JSON.stringify(error)}`)
  assert(error.attempts.at(-1).code === 'CSP', `the attempt's code is ${error.attempts.at(-1).code}`)
  assert(error.message.includes("add 'wasm-unsafe-eval' to the script-src"), error.message)
  return error.message
}

/**
 * Runs a kernel's digests everywhere in the browser.
 *
 * @returns outcomes for `compare`, and the message under a Content-Security-Policy
 */
export async function runPages(kernel) {
  const files = filesIn(digestsFolder(kernel))
  const wasm = readFileSync(at('packages', kernel, 'dist', `${kernel}.wasm`))
  // The first part of a path names the site.
  const server = await serve(
    (path) => {
      const file = path.replace(/^[^/]*\//, '')
      return { '': page, 'kernel.wasm': wasm }[file] ?? files(file)
    },
    (path) => sites[path.split('/')[0]],
  )
  const browser = await openBrowser()
  const version = `Chromium ${browser.version().split('.')[0]}`
  try {
    const run = (name, site, call) => timed(`${version}, ${name}`, () => onSite(browser, server, site, call))
    const outcomes = [
      await run('page', 'plain', 'run'),
      await run('cross-origin isolated page', 'isolated', 'run'),
      await run('worker that was sent the module', 'plain', 'runInWorker'),
      await run("page with script-src 'wasm-unsafe-eval'", 'wasm-unsafe-eval', 'run'),
    ]
    return { outcomes, refusal: await timed(`${version}, page with script-src 'self'`, () => refused(browser, server)) }
  } finally {
    await browser.close()
    server.close()
  }
}
