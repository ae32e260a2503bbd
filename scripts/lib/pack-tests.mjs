// The tests of a published package's tarball, for its pack.test.ts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asCommonJs, installPacked, pack, readmeExample, runNode } from './pack.mjs'
import { at, readJson } from './paths.mjs'
import { binOf } from './run.mjs'
import { hostTarget } from './toolchain.mjs'

const prebuildsOf = (name) => at('packages', name, 'prebuilds')
const addonsOf = (name) => (existsSync(prebuildsOf(name)) ? readdirSync(prebuildsOf(name)) : [])

function describeTarball(name, budgets) {
  describe('the tarball', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ukernels-tarball-'))
    const packed = pack(name, folder)
    const addons = addonsOf(name)
    const bytesOf = (path) => packed.files.find((file) => file.path === path)?.bytes
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it('holds these files', () => {
      const paths = packed.files.map(({ path }) => path).filter((path) => !path.startsWith('prebuilds/'))
      expect(paths.join('\n')).toMatchSnapshot()
    })

    it('holds the addons that were built', () => {
      const paths = packed.files.map(({ path }) => path).filter((path) => path.startsWith('prebuilds/'))
      expect(paths).toEqual(addons.map((file) => `prebuilds/${file}`).sort())
    })

    it('stays within its budgets', () => {
      expect(packed.bytes).toBeLessThanOrEqual(budgets.tarball)
      expect(bytesOf(`dist/${name}.wasm`)).toBeLessThanOrEqual(budgets.wasm)
      for (const file of addons) expect(bytesOf(`prebuilds/${file}`), file).toBeLessThanOrEqual(budgets.addon)
    })

    it('runs nothing when it is installed', () => {
      const { scripts = {} } = readJson(at('packages', name, 'package.json'))
      expect(Object.keys(scripts).filter((script) => /^(pre|post)?(install|prepare|publish)/.test(script))).toEqual([])
      expect(packed.files.filter(({ path }) => path.endsWith('.gyp'))).toEqual([])
    })
  })
}

function typeCheck(folder) {
  const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', noEmit: true, types: [] }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: readdirSync(folder).filter((file) => /\.[mc]ts$/.test(file)) }),
  )
  return spawnSync(process.execPath, [binOf('typescript', 'tsc'), '-p', '.'], { cwd: folder, encoding: 'utf8' })
}

function describeConsumer(name, entries) {
  const host = addonsOf(name).includes(`${hostTarget()}.node`)
  const usesLoad = `export const loaded: Promise<{ backend: 'native' | 'wasm' }> = kernel.load({ backend: 'wasm' })\n`

  describe('installed from the tarball', () => {
    let consumer
    beforeAll(() => {
      consumer = installPacked(name)
      const example = readmeExample(name)
      const files = {
        'example.mjs': example,
        'example.cjs': asCommonJs(example),
        'esm.mts': example,
        'cjs.cts': `import kernel = require('@ukernels/${name}')\n${usesLoad}`,
        ...Object.fromEntries(Object.entries(entries).map(([entry, source]) => [`${entry}.mts`, source])),
      }
      for (const [file, text] of Object.entries(files)) writeFileSync(join(consumer.folder, file), text)
    }, 120_000)
    afterAll(() => consumer?.remove())

    it.for([
      ['native', 'example.mjs'],
      ['wasm', 'example.mjs'],
      ['native', 'example.cjs'],
      ['wasm', 'example.cjs'],
    ])("runs the README's example on %s from %s", ([backend, file], ctx) => {
      if (backend === 'native' && !host) return ctx.skip(`no addon for ${hostTarget()} was built`)
      const printed = runNode(consumer.folder, file, { UKERNELS_BACKEND: backend })
      expect(printed).not.toBe('')
      expect(printed).toBe(runNode(consumer.folder, 'example.mjs', { UKERNELS_BACKEND: 'wasm' }))
    })

    it('type-checks in a strict project, as ESM and as CommonJS', () => {
      const { stdout, status } = typeCheck(consumer.folder)
      expect(stdout).toBe('')
      expect(status).toBe(0)
    }, 60_000)
  })
}

/**
 * Describes what a package's tarball holds, its sizes, and that it works where it is installed.
 * @param {string} name
 * @param {{ tarball: number, addon: number, wasm: number }} budgets bytes
 * @param {Record<string, string>} [entries] for each further entry, TypeScript that uses it
 */
export function describePackage(name, budgets, entries = {}) {
  describeTarball(name, budgets)
  describeConsumer(name, entries)
}
