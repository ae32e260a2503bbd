import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as runtime from '../src/index.js'
import { defineTable, defineTwice, fakeAddon, wasmBytes } from './fixtures/twice.mjs'

const { KernelLoadError } = runtime
const noAddon = () => {
  throw Object.assign(new Error('none'), { code: 'MODULE_NOT_FOUND' })
}
const twice = (native: () => unknown = () => fakeAddon(), overrides = {}) => defineTwice(runtime, native, overrides)
const failure = (promise: Promise<unknown>): Promise<runtime.KernelLoadError> =>
  promise.then(
    () => expect.fail('must fail'),
    (error) => error,
  )

beforeEach(() => {
  // The variables that chose for this test run must not choose for the kernel under test.
  for (const name of ['UKERNELS_BACKEND', 'UKERNELS_ISA']) vi.stubEnv(name, '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('options', () => {
  it.each([
    [{ backend: 'gpu' }, TypeError, "backend must be one of 'auto', 'native', 'wasm', got 'gpu'"],
    [{ backend: null }, TypeError, 'backend must be one of'],
    [{ threads: '4' }, TypeError, "threads must be a number, got '4'"],
    [{ threads: 0 }, RangeError, 'threads must be an integer from 1 to 1024, got 0'],
    [{ threads: 1.5 }, RangeError, 'got 1.5'],
    [{ threads: 1025 }, RangeError, 'got 1025'],
    [
      { wasm: 'twice.wasm' },
      TypeError,
      "wasm must be a WebAssembly.Module, a Response, a URL or bytes, got 'twice.wasm'",
    ],
    [{ wasm: Promise.resolve() }, TypeError, 'got Promise (await it first)'],
    [null, TypeError, 'options must be an object, got null'],
  ])('%j', async (options, type, message) => {
    const { load, loadSync } = twice()
    const error = await failure(load(options as never))
    expect(error).toBeInstanceOf(type)
    expect(error.message).toContain(message)
    expect(() => loadSync(options as never)).toThrow(message)
  })

  it('threads: the default is the kernel’s, of the cores there are', async () => {
    const threadsOf = async (overrides: object, options = {}) =>
      (await twice(undefined, overrides).load(options)).info().threads
    const cores = runtime.availableCores()
    expect(await threadsOf({})).toBe(1)
    expect(await threadsOf({ defaultThreads: (n: number) => n + 5 })).toBe(cores + 5)
    expect(await threadsOf({ defaultThreads: (n: number) => n + 5 }, { threads: 2 })).toBe(2)
  })

  it('UKERNELS_ISA is one that this machine has', async () => {
    vi.stubEnv('UKERNELS_ISA', 'sse4.1')
    expect((await twice().load()).info().isa).toBe('sse4.1')
    vi.stubEnv('UKERNELS_ISA', 'avx512')
    const error = await failure(twice().load())
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe("UKERNELS_ISA must be one of 'sse4.1', 'avx2' on this machine, got 'avx512'")
    expect((await twice().load({ backend: 'wasm' })).info().isa).toBe('simd128')
  })
})

describe('one kernel per options', () => {
  it('until it is disposed', async () => {
    const { load, loadSync } = twice()
    const first = load()
    expect(load()).toBe(first)
    expect(load({ backend: 'auto', threads: 1 })).toBe(first)
    expect(load({ threads: 2 })).not.toBe(first)
    expect(load({ backend: 'wasm' })).not.toBe(first)
    const kernel = await first
    expect(loadSync()).toBe(kernel)
    kernel.dispose()
    kernel.dispose()
    const second = load()
    expect(second).not.toBe(first)
    expect(await second).not.toBe(kernel)
    expect((await load({ threads: 2 })).info().threads).toBe(2)
  })

  it('and environment', async () => {
    const { load } = twice()
    const native = await load()
    vi.stubEnv('UKERNELS_BACKEND', 'wasm')
    const wasm = await load()
    expect([native.backend, wasm.backend]).toEqual(['native', 'wasm'])
    vi.stubEnv('UKERNELS_BACKEND', '')
    expect(await load()).toBe(native)
  })

  it('and source', async () => {
    const { load } = twice()
    const module = await WebAssembly.compile(wasmBytes)
    const backend = 'wasm'
    expect(load({ backend, wasm: module })).toBe(load({ backend, wasm: module }))
    expect(load({ backend, wasm: module })).not.toBe(load({ backend, wasm: wasmBytes }))
    const url = () => failure(load({ backend, wasm: new URL('file:///absent.wasm') }))
    expect(await url()).toBeInstanceOf(KernelLoadError)
  })

  it('a failure is forgotten', async () => {
    let calls = 0
    const { load } = twice(() => (++calls === 1 ? noAddon() : fakeAddon()))
    const first = load({ backend: 'native' })
    await expect(first).rejects.toThrow(KernelLoadError)
    expect((await load({ backend: 'native' })).backend).toBe('native')
    expect(calls).toBe(2)
  })

  it('loadSync keeps its kernel while a load is under way', async () => {
    const { load, loadSync } = twice()
    const pending = load({ backend: 'wasm', wasm: wasmBytes })
    const kernel = loadSync({ backend: 'wasm', wasm: wasmBytes })
    const late = await pending
    expect(late).not.toBe(kernel)
    late.dispose()
    expect(loadSync({ backend: 'wasm', wasm: wasmBytes })).toBe(kernel)
    expect(await load({ backend: 'wasm', wasm: wasmBytes })).toBe(kernel)
  })
})

describe('falling back', () => {
  it('auto takes wasm where native fails, and says why', async () => {
    const kernel = await twice(noAddon).load()
    expect([...kernel.twice(Float32Array.of(3))]).toEqual([6])
    expect(kernel.info()).toMatchObject({
      backend: 'wasm',
      passedOver: [{ backend: 'native', code: 'NO_PREBUILD', message: 'none' }],
    })
  })

  it('a module whose file is gone, or may not be read, is told apart from a bad one', async () => {
    const failing = (error: Error) => twice(noAddon, { wasm: () => Promise.reject(error) }).load({ backend: 'wasm' })
    const gone = await failure(failing(new TypeError('Failed to fetch dynamically imported module: /wasm-inline.js')))
    expect(gone.attempts).toMatchObject([{ code: 'NO_MODULE', message: expect.stringContaining('/wasm-inline.js') }])
    const denied = await failure(failing(Object.assign(new Error('Requires read access'), { name: 'NotCapable' })))
    expect(denied.attempts).toMatchObject([{ code: 'PERMISSION' }])
  })

  it('never from an explicit choice', async () => {
    const { attempts } = await failure(twice(noAddon).load({ backend: 'native' }))
    expect(attempts.map((a) => a.backend)).toEqual(['native'])
    const compiled = vi.fn()
    const { load } = twice(compiled, { wasm: async () => ({ default: new Uint8Array(8) }) })
    expect((await failure(load({ backend: 'wasm' }))).attempts).toMatchObject([{ backend: 'wasm', code: 'NO_MODULE' }])
    expect(compiled).not.toHaveBeenCalled()
  })

  it.each([
    [{}, 'ABI'],
    [{ version: '1.2.3', isas: 'avx2' }, 'ABI'],
    [null, 'ABI'],
    [fakeAddon({ version: '9.9.9' }), 'VERSION'],
    [fakeAddon({ isas: [] }), 'OLD_CPU'],
    [fakeAddon({ factor: 3 }), 'SELF_TEST'],
    [fakeAddon({ instantiate: () => undefined }), 'ABI'],
    [fakeAddon({ instantiate: () => ({ call: {}, start: {}, dispose() {} }) }), 'ABI'],
  ])('an addon that must be refused: %j', async (addon, code) => {
    expect((await failure(twice(() => addon).load({ backend: 'native' }))).attempts).toMatchObject([{ code }])
  })

  it('a backend that is refused is disposed', async () => {
    const dispose = vi.fn()
    const addon = fakeAddon()
    const { load } = twice(() => ({ ...addon, instantiate: () => ({ ...addon.instantiate(), dispose }) }), {
      selfTest: () => {
        throw new Error('trap')
      },
    })
    const { attempts } = await failure(load({ backend: 'native' }))
    expect(attempts).toMatchObject([{ code: 'SELF_TEST', message: 'the self-test failed: trap' }])
    expect(dispose).toHaveBeenCalledOnce()
  })

  it('a module of another table names the row', async () => {
    const abi = defineTable(runtime, { thrice: runtime.row([runtime.u32('n')]) })
    const { attempts } = await failure(twice(noAddon, { abi }).load({ backend: 'wasm' }))
    expect(attempts).toMatchObject([{ code: 'ABI', message: "wasm module of twice: no export 'thrice'" }])
  })
})

describe('sources of the module', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(wasmBytes.length + 3), 3)
  shared.set(wasmBytes)
  it.each([
    ['bytes', () => wasmBytes],
    ['an ArrayBuffer', () => wasmBytes.slice().buffer],
    ['a view at an odd offset of shared memory', () => shared],
    ['a DataView', () => new DataView(wasmBytes.buffer)],
    ['a module', () => new WebAssembly.Module(wasmBytes)],
    ['a response', () => new Response(wasmBytes, { headers: { 'content-type': 'application/wasm' } })],
    ['a response of another type', () => new Response(wasmBytes)],
    ['a data: URL', () => new URL(`data:application/wasm;base64,${Buffer.from(wasmBytes).toString('base64')}`)],
  ])('%s', async (_, source) => {
    const wasm = vi.fn()
    const kernel = await twice(noAddon, { wasm }).load({ backend: 'wasm', wasm: source() })
    expect([...kernel.twice(Float32Array.of(1, -0.5))]).toEqual([2, -1])
    expect(wasm).not.toHaveBeenCalled()
  })

  it('a file: URL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ukernels-'))
    const file = join(folder, 'kernel.wasm')
    writeFileSync(file, wasmBytes)
    const kernel = await twice(noAddon).load({ backend: 'wasm', wasm: pathToFileURL(file) })
    rmSync(folder, { recursive: true })
    expect(kernel.backend).toBe('wasm')
  })

  it('an address that answers with the module, with 404, or not at all', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/kernel.wasm' ? 200 : 404
      response.end(request.url === '/kernel.wasm' ? wasmBytes : '<!doctype html>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const load = (path: string) => twice(noAddon).load({ backend: 'wasm', wasm: new URL(path, base) })
    expect((await load('/kernel.wasm')).backend).toBe('wasm')
    expect((await failure(load('/lost.wasm'))).attempts).toMatchObject([
      { source: `${base}/lost.wasm`, code: 'FETCH', message: `${base}/lost.wasm: HTTP 404 Not Found` },
    ])
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect((await failure(load('/kernel.wasm'))).attempts).toMatchObject([{ code: 'FETCH' }])
  })

  it('a response that was read before, or isn’t a module', async () => {
    const read = new Response(wasmBytes)
    await read.arrayBuffer()
    const load = (wasm: Response) => failure(twice(noAddon).load({ backend: 'wasm', wasm }))
    expect((await load(read)).attempts).toMatchObject([{ source: 'given as a response', code: 'FETCH' }])
    expect((await load(new Response('<!doctype html>'))).attempts).toMatchObject([{ code: 'BAD_WASM' }])
  })

  it('what the package carries, compiled ahead of time', async () => {
    const module = new WebAssembly.Module(wasmBytes)
    const kernel = await twice(noAddon, { wasm: async () => ({ default: module }) }).load({ backend: 'wasm' })
    expect(kernel.info().target).toBe('wasm32')
  })

  it('loadSync takes a module or bytes', () => {
    const { loadSync } = twice(noAddon)
    expect(loadSync({ wasm: new WebAssembly.Module(wasmBytes) }).info()).toMatchObject({
      backend: 'wasm',
      passedOver: [{ code: 'NO_PREBUILD' }],
    })
    expect(loadSync({ backend: 'wasm', wasm: wasmBytes }).backend).toBe('wasm')
    expect(() => loadSync({ backend: 'wasm', wasm: new Response(wasmBytes) })).toThrow('ASYNC_ONLY')
    expect(() => loadSync({ backend: 'wasm' })).toThrow('pass loadSync({ wasm }) a WebAssembly.Module or its bytes')
  })
})

describe('in a browser', () => {
  it('auto is wasm', async () => {
    // Without what the runtime reads of it; the test runner goes on using the rest.
    const absent = Object.fromEntries(
      ['platform', 'arch', 'versions', 'env', 'getBuiltinModule'].map((name) => [name, { value: undefined }]),
    )
    vi.stubGlobal('process', Object.create(process, absent))
    const stub = () => {
      throw Object.assign(new Error('no addons here'), { code: 'ERR_UKERNELS_NO_ADDONS' })
    }
    const kernel = await twice(stub).load()
    const info = kernel.info()
    const error = await failure(twice(stub).load({ backend: 'native' }))
    vi.unstubAllGlobals()
    expect(info).toMatchObject({
      backend: 'wasm',
      passedOver: [{ source: 'no file for this platform', code: 'NO_NODE_API' }],
    })
    expect(error.message).toContain('on this platform (browser)')
  })
})
