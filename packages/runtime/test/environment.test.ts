import { availableParallelism } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  availableCores,
  builtin,
  debug,
  environmentChoices,
  environmentVariable,
  runtimeLabel,
  runtimeName,
  wasmSupport,
} from '../src/environment.js'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

describe('runtime', () => {
  it('is Node here', () => {
    expect(runtimeName()).toBe('node')
    expect(runtimeLabel()).toBe(`node ${process.versions.node}`)
    expect(availableCores()).toBe(availableParallelism())
    expect(builtin<typeof import('node:path')>('node:path')?.join('a', 'b')).toMatch(/^a.b$/)
    expect(builtin('node:nothing')).toBeUndefined()
    expect(wasmSupport()).toBe('simd')
  })

  it.each([
    ['browser', { process: undefined, navigator: { userAgent: 'Mozilla/5.0', hardwareConcurrency: 6 } }, 6],
    ['browser', { process: { env: {} }, navigator: undefined }, 1],
    ['workerd', { process: { versions: { node: '22' } }, navigator: { userAgent: 'Cloudflare-Workers' } }, 1],
    ['bun', { process: { versions: { bun: '1.2.0' } }, navigator: { hardwareConcurrency: 4 } }, 4],
    ['deno', { Deno: { version: { deno: '2.1.0' } }, navigator: { hardwareConcurrency: 3 } }, undefined],
  ])('%s', (name, globals, cores) => {
    for (const [key, value] of Object.entries(globals)) vi.stubGlobal(key, value)
    expect(runtimeName()).toBe(name)
    expect(runtimeLabel()).toMatch(new RegExp(`^${name}( [\\d.]+)?$`))
    if (cores) expect(availableCores()).toBe(cores)
  })

  it('without WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined)
    expect(wasmSupport()).toBe('none')
  })
})

describe('variables', () => {
  it("prefers the kernel's own", () => {
    vi.stubEnv('UKERNELS_BACKEND', 'native')
    vi.stubEnv('UKERNELS_ISA', 'avx2')
    expect(environmentChoices('gradient-quantization')).toEqual({
      backend: { variable: 'UKERNELS_BACKEND', value: 'native' },
      nativePath: undefined,
      isa: 'avx2',
    })
    vi.stubEnv('UKERNELS_GRADIENT_QUANTIZATION_BACKEND', 'wasm')
    vi.stubEnv('UKERNELS_GRADIENT_QUANTIZATION_NATIVE_PATH', '/a.node')
    expect(environmentChoices('gradient-quantization')).toMatchObject({
      backend: { variable: 'UKERNELS_GRADIENT_QUANTIZATION_BACKEND', value: 'wasm' },
      nativePath: { value: '/a.node' },
    })
  })

  it('are absent where there are none, they are empty, or may not be read', () => {
    vi.stubEnv('UKERNELS_BACKEND', '')
    expect(environmentVariable('UKERNELS_BACKEND')).toBeUndefined()
    vi.stubGlobal('process', undefined)
    expect(environmentVariable('PATH')).toBeUndefined()
    const env = new Proxy({}, { get: () => expect.fail('must not be asked for') })
    vi.stubGlobal('process', { env })
    vi.stubGlobal('Deno', { permissions: { querySync: () => ({ state: 'prompt' }) } })
    expect(environmentVariable('PATH')).toBeUndefined()
    vi.stubGlobal('Deno', undefined)
    vi.stubGlobal('process', {
      get env() {
        throw new Error('refused')
      },
    })
    expect(environmentVariable('PATH')).toBeUndefined()
  })
})

describe('debug', () => {
  const written = () => {
    const lines: string[] = []
    const write = (line: string) => lines.push(line)
    vi.stubGlobal('process', { env: process.env, stderr: { write } })
    debug(() => 'a line')
    return lines
  }
  it('writes only when asked to', () => {
    vi.stubEnv('UKERNELS_DEBUG', '1')
    expect(written()).toEqual(['ukernels: a line\n'])
    vi.unstubAllGlobals()
    for (const off of ['0', '']) {
      vi.stubEnv('UKERNELS_DEBUG', off)
      expect(written()).toEqual([])
      vi.unstubAllGlobals()
    }
  })
})
