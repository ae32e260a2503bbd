import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asCommonJs, glibcNeed, installPacked, pack, readmeExample, runNode } from '../../../scripts/lib/pack.mjs'
import { at, readJson } from '../../../scripts/lib/paths.mjs'
import { binOf } from '../../../scripts/lib/run.mjs'
import { hostTarget } from '../../../scripts/lib/toolchain.mjs'

const name = 'gradient-quantization'
const kB = 1000
// Three instruction sets of every microkernel: the README says why that takes more than the usual 150 kB.
const budgets = { tarball: 2500 * kB, addon: process.platform === 'linux' ? 400 * kB : 600 * kB, wasm: 60 * kB }

const prebuilds = at('packages', name, 'prebuilds')
const addons = existsSync(prebuilds) ? readdirSync(prebuilds) : []
const host = addons.includes(`${hostTarget()}.node`)
const noAddon = `no addon for ${hostTarget()} was built`

describe('the tarball', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ukernels-tarball-'))
  const packed = pack(name, folder)
  const bytesOf = (path: string) => packed.files.find((file) => file.path === path)?.bytes
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

it("asks for no newer glibc than the release's floor", (ctx) => {
  const glibc = addons.filter((file) => file.endsWith('-glibc.node'))
  const needs = glibc.map((file) => glibcNeed(join(prebuilds, file)))
  if (glibc.length === 0) return ctx.skip('no addon for glibc was built')
  if (needs.includes(undefined)) return ctx.skip('no objdump: apt-get install binutils')
  // A local build asks for what its machine has; only what is published has a floor.
  console.log(glibc.map((file, i) => `${file} needs glibc ${needs[i]}`).join('\n'))
  if (process.env.UKERNELS_RELEASE !== '1') return
  for (const need of needs) expect(Number(need!.split('.')[1])).toBeLessThanOrEqual(28)
})

describe('installed from the tarball', () => {
  let consumer: { folder: string; remove: () => void }
  let example = ''
  beforeAll(() => {
    consumer = installPacked(name)
    example = readmeExample(name)
    writeFileSync(join(consumer.folder, 'example.mjs'), example)
    writeFileSync(join(consumer.folder, 'example.cjs'), asCommonJs(example))
    writeFileSync(join(consumer.folder, 'esm.mts'), example)
    writeFileSync(join(consumer.folder, 'cjs.cts'), `import kernel = require('@ukernels/${name}')\n${usesLoad}`)
  }, 120_000)
  afterAll(() => consumer?.remove())
  const usesLoad = `export const loaded: Promise<{ backend: 'native' | 'wasm' }> = kernel.load({ backend: 'wasm' })\n`

  it.for([
    ['native', 'example.mjs'],
    ['wasm', 'example.mjs'],
    ['native', 'example.cjs'],
    ['wasm', 'example.cjs'],
  ])("runs the README's example on %s from %s", ([backend, file], ctx) => {
    if (backend === 'native' && !host) return ctx.skip(noAddon)
    const printed = runNode(consumer.folder, file!, { UKERNELS_BACKEND: backend })
    expect(printed).not.toBe('')
    expect(printed).toBe(runNode(consumer.folder, 'example.mjs', { UKERNELS_BACKEND: 'wasm' }))
  })

  it('type-checks in a strict project, as ESM and as CommonJS', () => {
    const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', noEmit: true, types: [] }
    writeFileSync(
      join(consumer.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['esm.mts', 'cjs.cts'] }),
    )
    const tsc = spawnSync(process.execPath, [binOf('typescript', 'tsc'), '-p', '.'], { cwd: consumer.folder })
    expect(tsc.stdout.toString()).toBe('')
    expect(tsc.status).toBe(0)
  }, 60_000)
})
