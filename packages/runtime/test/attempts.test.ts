import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { type AttemptCode, AttemptError, causeOf, loadError, messageOf } from '../src/attempts.js'
import { KernelLoadError } from '../src/errors.js'
import { wasmBytes } from './fixtures/twice.mjs'

const coded = (code: string, message = 'm') => Object.assign(new Error(message), { code })
const named = (name: string, message = 'm') => Object.assign(new Error(message), { name })
const dlopen = (message: string) => coded('ERR_DLOPEN_FAILED', message)

describe('causes', () => {
  it.each([
    [coded('MODULE_NOT_FOUND'), 'NO_PREBUILD'],
    [coded('ERR_UKERNELS_NO_PREBUILD'), 'NO_PREBUILD'],
    [coded('ERR_UKERNELS_NO_ADDONS'), 'NO_NODE_API'],
    [coded('ERR_DLOPEN_DISABLED'), 'NO_ADDONS'],
    [coded('ERR_ACCESS_DENIED'), 'PERMISSION'],
    [named('NotCapable', 'Requires ffi access'), 'PERMISSION'],
    [dlopen("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /a.node)"), 'OLD_GLIBC'],
    [dlopen("/usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /a.node)"), 'OLD_GLIBC'],
    [dlopen('libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory'), 'WRONG_LIBC'],
    [
      dlopen('Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /a.node)'),
      'WRONG_LIBC',
    ],
    [dlopen('Error relocating /a.node: __vsnprintf_chk: symbol not found'), 'WRONG_LIBC'],
    [dlopen('/a.node: file too short'), 'CORRUPT'],
    [dlopen('/a.node: invalid ELF header'), 'CORRUPT'],
    [dlopen('/a.node: wrong ELF class: ELFCLASS32'), 'CORRUPT'],
    [dlopen("dlopen(/a.node, 0x0001): tried: '/a.node' (slice is not valid mach-o file)"), 'CORRUPT'],
    [dlopen("dlopen(/a.node): tried: '/a.node' (mach-o file, but is an incompatible architecture)"), 'CORRUPT'],
    [dlopen('\\\\?\\C:\\a.node is not a valid Win32 application.'), 'CORRUPT'],
    [dlopen('Module did not self-register: /a.node'), 'CORRUPT'],
    [dlopen('libssl.so.3: cannot open shared object file: No such file or directory'), 'MISSING_LIBRARY'],
    [
      dlopen('Error loading shared library libssl.so.3: No such file or directory (needed by /a.node)'),
      'MISSING_LIBRARY',
    ],
    [dlopen('dlopen(/a.node, 0x0001): Library not loaded: /usr/lib/libssl.dylib'), 'MISSING_LIBRARY'],
    [dlopen('The specified module could not be found. \\\\?\\C:\\a.node'), 'MISSING_LIBRARY'],
    [dlopen('/a.node: cannot open shared object file: Permission denied'), 'UNREADABLE'],
    [coded('EACCES', "EACCES: permission denied, open '/k.wasm'"), 'UNREADABLE'],
    [dlopen('/a.node: failed to map segment from shared object'), 'NO_EXEC'],
    [new Error('Dynamic require of "./a-HASH.node" is not supported'), 'BUNDLED'],
    [
      new RangeError('WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance'),
      'NO_MEMORY',
    ],
    [new RangeError('WebAssembly.Memory(): could not allocate memory'), 'NO_MEMORY'],
    [dlopen('a message that nobody has seen'), 'FAILED'],
    [
      new WebAssembly.CompileError(
        "Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive",
      ),
      'CSP',
    ],
    [new WebAssembly.CompileError('call to WebAssembly.compile() blocked by CSP'), 'CSP'],
    [new WebAssembly.CompileError('expected magic word 00 61 73 6d'), 'BAD_WASM'],
    [new WebAssembly.LinkError('import'), 'ABI'],
    [new AttemptError('OLD_CPU', 'm'), 'OLD_CPU'],
    ['a string', 'FAILED'],
    [undefined, 'FAILED'],
  ])('%s', (error, code) => {
    expect(causeOf(error)).toBe(code)
  })

  it('depends on who is in the way and who named the file', () => {
    expect(causeOf(coded('ERR_DLOPEN_DISABLED'), { permissions: true })).toBe('PERMISSION')
    expect(causeOf(coded('MODULE_NOT_FOUND'), { named: true })).toBe('NO_FILE')
  })

  it('an embedder that forbids compiling, for real', async () => {
    const context = createContext({ wasmBytes }, { codeGeneration: { wasm: false, strings: true } })
    const error = await runInContext('WebAssembly.compile(wasmBytes).catch((error) => error)', context)
    expect(causeOf(error)).toBe('CSP')
  })

  it('keeps the first line of a message', () => {
    expect(messageOf(new Error("Cannot find module './a.node'\nRequire stack:\n- /b.cjs"))).toBe(
      "Cannot find module './a.node'",
    )
    expect(messageOf('text')).toBe('text')
  })
})

describe('the load error', () => {
  const attempt = (code: AttemptCode, backend: 'native' | 'wasm' = 'native') => ({
    backend,
    source: 'here',
    code,
    message: 'why',
  })
  const context = { kernel: 'tree-search', version: '1.2.3', target: 'linux-x64-musl', chosenBy: undefined }

  it('says what was tried, why it failed, and what helps', () => {
    const error = loadError([attempt('NO_ADDONS'), attempt('CSP', 'wasm')], context, 'cause')
    expect(error).toBeInstanceOf(KernelLoadError)
    expect(error).toMatchObject({ code: 'ERR_UKERNELS_LOAD', cause: 'cause' })
    expect(error.message.replace(process.versions.node, '24.1.0')).toMatchInlineSnapshot(`
      "Could not load @ukernels/tree-search 1.2.3 on linux-x64-musl (node 24.1.0)

      Tried:
      - native (here): NO_ADDONS
        why
      - wasm (here): CSP
        why

      What helps:
      - Native addons are switched off: remove --no-addons from the command line and NODE_OPTIONS.
      - Compiling WebAssembly is forbidden here.
        In a page: add 'wasm-unsafe-eval' to the script-src of its Content-Security-Policy.
        In Cloudflare Workers: bundle with the condition 'workerd', as wrangler does, or pass load({ wasm })
        the module that importing @ukernels/tree-search/kernel.wasm gives."
    `)
  })

  it('says who chose the backend', () => {
    const { message } = loadError(
      [attempt('NO_FILE')],
      { ...context, chosenBy: 'UKERNELS_TREE_SEARCH_NATIVE_PATH' },
      undefined,
    )
    expect(message).toContain('Correct or unset UKERNELS_TREE_SEARCH_NATIVE_PATH: no such file.')
    expect(message).toContain('UKERNELS_TREE_SEARCH_NATIVE_PATH allows no other backend. WebAssembly needs no addon')
  })

  it.each(['VERSION', 'ABI'] as const)('%s is an ABI error', (code) => {
    expect(loadError([attempt(code), attempt('NO_SIMD', 'wasm')], context, undefined).code).toBe('ERR_UKERNELS_ABI')
  })

  it('knows when a platform has no binary, and when its file got lost', () => {
    const of = (target: string | undefined) =>
      loadError([attempt('NO_PREBUILD')], { ...context, target }, undefined).message
    expect(of('linux-x64-musl')).toContain('@ukernels/tree-search is published with prebuilds/linux-x64-musl.node')
    expect(of('freebsd-x64')).toContain('no prebuilt binary for freebsd-x64, only for linux-x64-glibc, ')
    expect(of(undefined)).toContain('no prebuilt binary for this platform')
  })
})
