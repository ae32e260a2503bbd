/** The record of what prebuild built: what an entry says, when it is out of date, and the one that is committed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { kernels } from '../lib/paths.mjs'
import { targets } from '../native-loader.mjs'
import { glibcFloor, newer } from '../release/prebuilds.mjs'
import { entryOf, prebuilds, sourcesHash, stale } from '../release/record.mjs'

const folder = mkdtempSync(join(tmpdir(), 'ukernels-record-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('an entry says what was built of what, and what ran it', () => {
  const addon = join(folder, 'addon.node')
  writeFileSync(addon, 'a'.repeat(1000))
  const ran = { on: 'Node 24', native: 'ran', wasm: 'ran' }
  const entry = entryOf(kernels[0], 'darwin-x64', addon, ran)
  expect(entry).toMatchObject({ sources: sourcesHash(kernels[0]), bytes: 1000, ran })
  expect(entry.sha256).toBe('41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3')
  expect(entry.gzipped).toBeLessThan(100)
  expect(Object.keys(entryOf(kernels[0], 'darwin-x64', addon))).not.toContain('ran')
})

it('an entry of other sources is stale, and the line says how to make a new one', () => {
  const [first, second] = kernels
  expect(sourcesHash(first)).not.toBe(sourcesHash(second))
  const entry = (sources) => ({ date: '2026-02-03', sources })
  const record = { 'win32-x64': { [first]: entry('other'), [second]: entry(sourcesHash(second)) } }
  expect(stale(record)).toEqual([
    `${first} for win32-x64, built 2026-02-03, has changed since: npm run prebuild -- win32-x64 ${first}`,
  ])
})

describe('the committed record', () => {
  const entries = Object.entries(prebuilds()).flatMap(([target, all]) =>
    Object.entries(all).map(([kernel, entry]) => [target, kernel, entry]),
  )

  it.each(entries)('%s, %s', (target, kernel, { version, date, sources, bytes, gzipped, sha256, glibc, ran }) => {
    expect(targets).toContain(target)
    expect(kernels).toContain(kernel)
    expect(version).toMatch(/^\d+\.\d+\.\d+/)
    expect(date).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(sources).toMatch(/^[0-9a-f]{16}$/)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(gzipped).toBeLessThan(bytes)
    expect(glibc !== undefined).toBe(target.endsWith('-glibc'))
    if (glibc) expect(newer(glibc, glibcFloor)).toBe(false)
    if (ran) expect(ran).toEqual({ on: expect.any(String), native: 'ran', wasm: 'ran' })
  })
})
