import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Addon, createNativeBackend, createReport, createWasmBackend, harnessStatus } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { detectRust } from '../../../scripts/lib/rust.mjs'
import { detectToolchain } from '../../../scripts/lib/toolchain.mjs'
import { describeParity, type NamedBackend } from '../src/index.js'
import { abi, samples } from './every-kind/abi.mjs'
import { buildCppAddon, buildRustAddon, buildWasm } from './every-kind/build.mjs'

type Table = typeof abi

const folder = mkdtempSync(join(tmpdir(), 'every-kind-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const wasm = await WebAssembly.compile(await buildWasm(folder))
const { missing } = detectToolchain()
const cpp = missing.length === 0 && process.platform !== 'win32'
const rust = detectRust().missing.length === 0

/** The fixture's addons, by the language of their cores. */
const addons: Record<string, string> = {
  ...(cpp ? { 'C++': buildCppAddon(folder) } : {}),
  ...(rust ? { Rust: buildRustAddon(folder) } : {}),
}
const require = createRequire(import.meta.url)
const loaded = Object.entries(addons).map(([language, path]) => ({ language, path, addon: require(path) as Addon }))

if (!cpp) describe.skip('the C++ addon: no compiler', () => {})
if (!rust) describe.skip('the Rust addon: no cargo', () => {})

const backends = (): NamedBackend<Table>[] => [
  { label: 'wasm', backend: createWasmBackend(abi, wasm) },
  ...loaded.flatMap(({ language, addon }) =>
    addon.isas.flatMap((isa) =>
      [1, 4].map((threads) => ({
        label: `${language}, ${isa}, ${threads} threads`,
        backend: createNativeBackend(abi, addon, { isa, threads }),
      })),
    ),
  ),
]

describeParity(abi, samples, backends())

describe.each(backends())('every kind of parameter: $label', ({ backend, label }) => {
  afterAll(() => backend.dispose())

  it('reports 64-bit sums, extremes and global indices over chunks', () => {
    const report = createReport(abi.rows.masked)
    const bytes = new Int8Array(200).fill(1)
    bytes[150] = 3
    expect(backend.call.masked(bytes, 3, report)).toBe(0)
    expect([report.zeros, report.total, report.highest, report.lowest, report.firstZero]).toEqual([
      1,
      398n,
      2n,
      0n,
      150,
    ])
  })

  it('keeps the state of handles apart, across calls and kinds of call', async () => {
    const made = [new Float64Array(1), new Float64Array(1)]
    for (const cell of made) expect(backend.call.create(2, cell)).toBe(0)
    const x = new Float64Array(130).fill(1)
    const out = new Float64Array(130)
    expect(backend.call.accumulate(made[0][0], x, out)).toBe(0)
    expect(out[129]).toBe(130)
    expect(await backend.start.accumulate([made[0][0], x, out])).toBe(0)
    expect(out[129]).toBe(260)
    expect(backend.call.accumulate(made[1][0], x, out)).toBe(0)
    expect(out[129]).toBe(130)
    expect(backend.call.free(made[0][0])).toBe(0)
    expect(backend.call.free(made[0][0])).toBe(harnessStatus.badHandle)
    expect(backend.call.accumulate(made[0][0], x, out)).toBe(harnessStatus.badHandle)
  })

  it('writes over its input where the table says so, and nowhere else', async () => {
    const cell = new Float64Array(1)
    backend.call.create(1, cell)
    const x = new Float64Array(200).fill(1)
    expect(backend.call.accumulate(cell[0], x, x)).toBe(0)
    expect(x).toEqual(Float64Array.from({ length: 200 }, (_, i) => i + 1))
    x.fill(1)
    expect(await backend.start.accumulate([cell[0], x, x])).toBe(0)
    expect(x).toEqual(Float64Array.from({ length: 200 }, (_, i) => i + 201))
    const shifted = x.subarray(1)
    expect(backend.call.accumulate(cell[0], x.subarray(0, 199), shifted)).toBe(harnessStatus.overlap - 2)
    backend.call.free(cell[0])
  })

  it('leaves outputs alone when a job is aborted or its arrays went away', async () => {
    const n = 3_000_000
    const x = new Uint16Array(n).fill(7)
    const kept = new Uint16Array(n)
    const flags = new Int32Array(new SharedArrayBuffer(8))
    flags[0] = 1
    const args = [x, kept, new Float64Array(1), new Int32Array(n)] as const
    expect(await backend.start.positive([...args], { flags })).toBe(harnessStatus.aborted)
    expect(kept.every((v) => v === 0)).toBe(true)
    const running = backend.start.positive([...args])
    structuredClone(x, { transfer: [x.buffer] })
    structuredClone(kept, { transfer: [kept.buffer] })
    expect(await running).toBe(harnessStatus.detached)
  })

  it('runs several jobs at once and ends those that a dispose finds', async () => {
    const own = backends().find((other) => other.label === label) as NamedBackend<Table>
    const n = 2_000_000
    const jobs = Array.from({ length: 5 }, () =>
      own.backend.start.positive([
        new Uint16Array(n).fill(1),
        new Uint16Array(n),
        new Float64Array(1),
        new Int32Array(n),
      ]),
    )
    expect(await jobs[0]).toBe(0)
    own.backend.dispose()
    for (const status of await Promise.all(jobs)) expect([0, harnessStatus.disposed]).toContain(status)
    expect(own.backend.call.compare(1, 2)).toBe(harnessStatus.disposed)
  })
})

describe.each(loaded)('native only: $language', ({ addon, path }) => {
  it('refuses options it cannot serve', () => {
    expect(addon.instantiate({ isa: 99, threads: 1 })).toBeUndefined()
    expect(addon.instantiate({ isa: 0, threads: 0 })).toBeUndefined()
  })

  it('survives workers that end during a job', async () => {
    const body = `
      const addon = require(${JSON.stringify(path)})
      const { start } = addon.instantiate({ isa: 0, threads: 2 })
      const n = 4e6
      for (let i = 0; i < 4; i++)
        start.positive(new Uint16Array(n).fill(1), new Uint16Array(n), new Float64Array(1), new Int32Array(n))
      require('node:worker_threads').parentPort.postMessage('started')`
    for (let i = 0; i < 8; i++) {
      const worker = new Worker(body, { eval: true })
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await worker.terminate()
    }
  })
})

describe.runIf(rust)('native only, Rust', () => {
  it('turns a panic of the core into a status, and goes on', () => {
    const { addon } = loaded.find(({ language }) => language === 'Rust')!
    const backend = createNativeBackend(abi, addon, { isa: addon.isas[0], threads: 1 })
    expect(backend.call.compare(Number.NEGATIVE_INFINITY, 0)).toBe(harnessStatus.internal)
    expect(backend.call.compare(1, 2)).toBe(1)
    backend.dispose()
  })
})
