/** Every way in which loading fails, brought about for real in a process of its own. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { compileAddon, Installation, noCompiler } from './fixtures/install.js'

const kernel = new Installation()
const addon = join(kernel.folder, 'good.node')
if (!noCompiler) compileAddon(addon)
afterAll(() => kernel.remove())

const nodeMajor = Number(process.versions.node.split('.')[0])
const permission = [nodeMajor < 23 ? '--experimental-permission' : '--permission', '--allow-fs-read=*']

const native = { options: { backend: 'native' } }
const doubled = { twice: [2, 4] }

describe('with an addon', () => {
  beforeEach(({ skip }) => {
    skip(noCompiler !== '', noCompiler)
    kernel.removePrebuild()
    copyFileSync(addon, kernel.prebuild)
  })

  it('loads native, and wasm when asked', () => {
    expect(kernel.run()).toMatchObject({
      ...doubled,
      backend: 'native',
      info: { target: kernel.target, isa: 'avx2', threads: 1, version: '1.2.3', passedOver: [] },
      stderr: '',
    })
    expect(kernel.run({ options: { threads: 3 }, env: { UKERNELS_ISA: 'sse4.1' } })).toMatchObject({
      info: { isa: 'sse4.1', threads: 3 },
    })
    expect(kernel.run({ sync: true })).toMatchObject({ ...doubled, backend: 'native' })
    expect(kernel.run({ options: { backend: 'wasm' } })).toMatchObject({
      ...doubled,
      backend: 'wasm',
      info: { target: 'wasm32', isa: 'simd128', threads: 1, passedOver: [] },
    })
  })

  it('takes the variables in their order, the option first', () => {
    const env = { UKERNELS_BACKEND: 'native', UKERNELS_TWICE_BACKEND: 'wasm' }
    expect(kernel.run({ env }).backend).toBe('wasm')
    expect(kernel.run({ env, options: { backend: 'native' } }).backend).toBe('native')
    expect(kernel.run({ env: { UKERNELS_BACKEND: 'wasm' } }).backend).toBe('wasm')
    expect(kernel.run({ env: { UKERNELS_BACKEND: '' } }).backend).toBe('native')
  })

  it('refuses an unknown name in an option or variable', () => {
    expect(kernel.run({ options: { backend: 'gpu' } })).toMatchObject({
      name: 'TypeError',
      code: 'ERR_UKERNELS_TYPE',
      message: "backend must be one of 'auto', 'native', 'wasm', got 'gpu'",
    })
    expect(kernel.run({ env: { UKERNELS_TWICE_BACKEND: 'Native' } }).message).toBe(
      "UKERNELS_TWICE_BACKEND must be one of 'auto', 'native', 'wasm', got 'Native'",
    )
    expect(kernel.run({ env: { UKERNELS_ISA: 'avx9' } })).toMatchObject({
      code: 'ERR_UKERNELS_TYPE',
      message: "UKERNELS_ISA must be one of 'sse4.1', 'avx2' on this machine, got 'avx9'",
    })
  })

  it.each(['--no-addons', 'NODE_OPTIONS=--no-addons'])('%s', (flag) => {
    const how = flag.startsWith('--') ? { flags: [flag] } : { env: { NODE_OPTIONS: '--no-addons' } }
    const outcome = kernel.run({ ...native, ...how })
    expect(outcome).toMatchObject({ name: 'KernelLoadError', code: 'ERR_UKERNELS_LOAD' })
    expect(outcome.attempts).toEqual([
      {
        backend: 'native',
        source: `prebuilds/${kernel.target}.node`,
        code: 'NO_ADDONS',
        message: 'Cannot load native addon because loading addons is disabled.',
      },
    ])
    expect(outcome.message).toContain('remove --no-addons from the command line and NODE_OPTIONS')
    expect(outcome.message).toContain("backend: 'native' allows no other backend")
    expect(kernel.run(how)).toMatchObject({
      ...doubled,
      backend: 'wasm',
      info: { passedOver: [{ code: 'NO_ADDONS' }] },
      stderr: '',
    })
  })

  it("Node's permission model without --allow-addons", () => {
    const outcome = kernel.run({ ...native, flags: permission })
    expect(outcome.attempts).toMatchObject([{ code: 'PERMISSION' }])
    expect(outcome.message).toContain('pass --allow-addons, and --allow-fs-read for')
    expect(kernel.run({ flags: permission })).toMatchObject({
      ...doubled,
      backend: 'wasm',
      info: { passedOver: [{ code: 'PERMISSION' }] },
    })
    expect(kernel.run({ flags: [...permission, '--allow-addons'] })).toMatchObject({ ...doubled, backend: 'native' })
  })

  it('a corrupt file: damaged, cut short, empty, or something else', () => {
    const whole = readFileSync(addon)
    const damaged = Buffer.from(whole)
    damaged.fill(0x5a, 0, 64)
    // Cut behind its headers, a file that glibc is given ends the process with SIGBUS.
    const lengths = [0, 40, 64, 1000, whole.length >> 1, whole.length - 1]
    const page = Buffer.from('<!doctype html>\n'.repeat(9))
    for (const bytes of [damaged, page, ...lengths.map((length) => whole.subarray(0, length))]) {
      kernel.removePrebuild()
      writeFileSync(kernel.prebuild, bytes)
      const outcome = kernel.run(native)
      expect(outcome.attempts).toMatchObject([{ backend: 'native', code: 'CORRUPT' }])
      expect(outcome.message).toContain('install it again')
    }
    expect(kernel.run()).toMatchObject({ ...doubled, backend: 'wasm', info: { passedOver: [{ code: 'CORRUPT' }] } })
  })

  it('an addon of another version', () => {
    kernel.removePrebuild()
    compileAddon(kernel.prebuild, { version: '1.2.2' })
    const outcome = kernel.run(native)
    expect(outcome).toMatchObject({
      name: 'KernelLoadError',
      code: 'ERR_UKERNELS_ABI',
      attempts: [{ code: 'VERSION', message: 'the addon is of version 1.2.2, the package of version 1.2.3' }],
    })
    expect(outcome.message).toContain('Two versions are mixed')
    expect(kernel.run()).toMatchObject({ ...doubled, backend: 'wasm', info: { passedOver: [{ code: 'VERSION' }] } })
  })

  it('an addon that computes wrong bits', () => {
    kernel.removePrebuild()
    compileAddon(kernel.prebuild, { factor: 3 })
    const outcome = kernel.run(native)
    expect(outcome).toMatchObject({ code: 'ERR_UKERNELS_LOAD', attempts: [{ code: 'SELF_TEST' }] })
    expect(outcome.message).toContain('wrong bits')
    expect(kernel.run()).toMatchObject({ ...doubled, backend: 'wasm', info: { passedOver: [{ code: 'SELF_TEST' }] } })
  })

  it('a processor below the floor', () => {
    kernel.removePrebuild()
    compileAddon(kernel.prebuild, { isas: 0 })
    const outcome = kernel.run(native)
    expect(outcome.attempts).toMatchObject([{ code: 'OLD_CPU' }])
    expect(outcome.message).toContain('x86-64-v2')
  })

  it('a file named by the environment: loaded, missing, and never fallen back from', () => {
    kernel.removePrebuild()
    const UKERNELS_TWICE_NATIVE_PATH = './good.node'
    expect(kernel.run({ env: { UKERNELS_TWICE_NATIVE_PATH } })).toMatchObject({ ...doubled, backend: 'native' })
    const outcome = kernel.run({ env: { UKERNELS_TWICE_NATIVE_PATH: 'absent.node' } })
    expect(outcome.attempts).toMatchObject([{ backend: 'native', source: 'absent.node', code: 'NO_FILE' }])
    expect(outcome.message).toContain('Correct or unset UKERNELS_TWICE_NATIVE_PATH')
    expect(
      kernel.run({ env: { UKERNELS_TWICE_NATIVE_PATH: 'absent.node' }, options: { backend: 'wasm' } }),
    ).toMatchObject({ ...doubled, backend: 'wasm' })
  })

  it('tells its attempts on stderr with UKERNELS_DEBUG=1, and only then', () => {
    kernel.removePrebuild()
    writeFileSync(kernel.prebuild, '')
    const outcome = kernel.run({ env: { UKERNELS_DEBUG: '1' } })
    expect(outcome.stderr.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^ukernels: twice 1\.2\.3: native \(prebuilds\/.*\.node\): CORRUPT: /),
      'ukernels: twice 1.2.3: loaded wasm (wasm32, simd128, threads: 1)',
    ])
    expect(kernel.run({ env: { UKERNELS_DEBUG: '0' } }).stderr).toBe('')
  })
})

describe('without an addon', () => {
  beforeEach(() => {
    kernel.removePrebuild()
    mkdirSync(join(kernel.folder, 'prebuilds'), { recursive: true })
  })

  it('a missing prebuild', () => {
    const outcome = kernel.run(native)
    expect(outcome).toMatchObject({ name: 'KernelLoadError', code: 'ERR_UKERNELS_LOAD' })
    expect(outcome.attempts).toMatchObject([
      { backend: 'native', source: `prebuilds/${kernel.target}.node`, code: 'NO_PREBUILD' },
    ])
    expect(outcome.message).toContain(`here it was left out.`)
    expect(kernel.run()).toMatchObject({ ...doubled, backend: 'wasm', info: { passedOver: [{ code: 'NO_PREBUILD' }] } })
  })

  it('a platform without prebuilds', () => {
    const flags = ['--import', `data:text/javascript,Object.defineProperty(process, 'platform', { value: 'sunos' })`]
    const outcome = kernel.run({ ...native, flags })
    expect(outcome.attempts).toMatchObject([
      {
        source: `prebuilds/sunos-${process.arch}.node`,
        code: 'NO_PREBUILD',
        message: expect.stringContaining('sunos'),
      },
    ])
    expect(outcome.message).toContain(`There is no prebuilt binary for sunos-${process.arch}, only for linux-x64-glibc`)
  })

  it('no SIMD', () => {
    const flags = ['--no-enable-sse4-1']
    const outcome = kernel.run({ options: { backend: 'wasm' }, flags })
    expect(outcome.attempts).toMatchObject([{ backend: 'wasm', source: 'carried by the package', code: 'NO_SIMD' }])
    expect(outcome.message).toContain('128-bit WebAssembly SIMD')
  })

  it('no WebAssembly', () => {
    expect(kernel.run({ options: { backend: 'wasm' }, flags: ['--jitless'] }).attempts).toMatchObject([
      { code: 'NO_WASM' },
    ])
  })

  it('nothing at all: both attempts and what helps against each', () => {
    const outcome = kernel.run({ flags: ['--no-enable-sse4-1'] })
    expect(outcome.attempts?.map(({ backend, code }) => `${backend} ${code}`)).toEqual([
      'native NO_PREBUILD',
      'wasm NO_SIMD',
    ])
    expect(outcome.message).toMatch(/left out[\s\S]*128-bit/)
    expect(outcome.message).not.toContain('allows no other backend')
  })

  it('loadSync without a module', () => {
    const outcome = kernel.run({ sync: true })
    expect(outcome.attempts).toMatchObject([{ code: 'NO_PREBUILD' }, { code: 'ASYNC_ONLY' }])
    expect(outcome.message).toContain('await load()')
  })
})
