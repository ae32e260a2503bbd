/** What keeps an addon from being published, on files that are made here byte by byte. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { glibcNeed } from '../lib/pack.mjs'
import { kernels } from '../lib/paths.mjs'
import { capture } from '../lib/run.mjs'
import { targets } from '../native-loader.mjs'
import { addonFault, glibcFloor, kernelFaults, targetOf } from '../release/prebuilds.mjs'
import { decide } from '../release/publish.mjs'

const folder = mkdtempSync(join(tmpdir(), 'ukernels-prebuilds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entry = 'napi_register_module_v1'
const words = (...values) => Buffer.from(new BigUint64Array(values.map(BigInt)).buffer)

/** ELF for a machine: one loaded segment, its dynamic section with the libraries that it asks for. */
const elf = (machine, ...libraries) => {
  const strings = Buffer.from(`\0${[...libraries, entry].join('\0')}\0`)
  const [begin, dynamic] = [64 + 2 * 56, 16 * (libraries.length + 2)]
  const needed = libraries.flatMap((name) => [1, strings.indexOf(name)])
  const segment = (type, offset, length) => {
    const header = words(type, offset, offset, offset, length, length, 8)
    return header
  }
  const header = Buffer.alloc(64)
  header.write('\x7fELF', 'latin1')
  header.writeUInt16LE(machine, 18)
  header.writeUInt8(64, 32)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(2, 56)
  const segments = [segment(1, 0, begin + dynamic + strings.length), segment(2, begin, dynamic)]
  return Buffer.concat([header, ...segments, words(...needed, 5, begin + dynamic, 0, 0), strings])
}

/** Mach-O for a processor that asks for a library; signed: with a signature of its content. */
const machO = (processor, library = '/usr/lib/libSystem.B.dylib', signed = true) => {
  const name = Buffer.from(library.padEnd(40, '\0'))
  const load = Buffer.alloc(24)
  load.writeUInt32LE(0xc)
  load.writeUInt32LE(24 + name.length, 4)
  load.writeUInt32LE(24, 8)
  const signature = Buffer.alloc(16)
  const header = Buffer.alloc(32)
  header.writeUInt32LE(0xfeedfacf)
  header.writeUInt32LE(processor, 4)
  header.writeUInt32LE(signed ? 2 : 1, 16)
  const content = () => Buffer.concat([header, load, name, signature, Buffer.from('\0_n\0api_register_module_v1\0')])
  signature.writeUInt32LE(0x1d)
  signature.writeUInt32LE(16, 4)
  signature.writeUInt32LE(content().length, 8)
  // One blob, the code directory, 20 bytes into the signature: a hash of 32 bytes over one page of 4096.
  const directory = Buffer.alloc(20 + 44)
  directory.writeUInt32BE(20, 16)
  for (const [field, value] of [
    [16, 44],
    [28, 1],
    [32, content().length],
  ])
    directory.writeUInt32BE(value, 20 + field)
  directory.set([32, 0, 0, 12], 20 + 36)
  return Buffer.concat([content(), directory, createHash('sha256').update(content()).digest()])
}

/** PE for a machine: one section at an address of its own, in it the table of imports with a library. */
const pe = (machine, library = 'KERNEL32.dll') => {
  const [header, optional, section, content, address] = [64, 88, 328, 368, 0x1000]
  const bytes = Buffer.alloc(content)
  bytes.write('MZ')
  bytes.writeUInt32LE(header, 60)
  bytes.write('PE', header)
  bytes.writeUInt16LE(machine, header + 4)
  bytes.writeUInt16LE(1, header + 6)
  bytes.writeUInt16LE(section - optional, header + 20)
  bytes.writeUInt32LE(address, optional + 120)
  for (const [field, value] of [
    [8, 4096],
    [12, address],
    [20, content],
  ])
    bytes.writeUInt32LE(value, section + field)
  const imports = Buffer.alloc(40)
  imports.writeUInt32LE(address + imports.length, 12)
  return Buffer.concat([bytes, imports, Buffer.from(`${library}\0${entry}\0`)])
}
const files = {
  'darwin-arm64': machO(0x0100000c),
  'darwin-x64': machO(0x01000007),
  'linux-arm64-glibc': elf(183, 'libc.so.6'),
  'linux-arm64-musl': elf(183, 'libc.so'),
  'linux-x64-glibc': elf(62, 'libc.so.6'),
  'linux-x64-musl': elf(62, 'libc.musl-x86_64.so.1'),
  'win32-x64': pe(0x8664),
}

describe('targetOf', () => {
  it('knows every target that is released', () => expect(Object.keys(files)).toEqual(targets))

  it.each(Object.entries(files))('reads %s from the header', (target, bytes) => expect(targetOf(bytes)).toBe(target))

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a page', Buffer.from('<!doctype html>'.padEnd(80))],
    ['another processor', elf(243, 'libc.so.6')],
    ['a library without a C library', elf(62, 'libm.so.6')],
    ['a program for DOS', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(78)])],
  ])('reads no target from %s', (_, bytes) => expect(targetOf(bytes)).toBeUndefined())
})

describe('addonFault', () => {
  const write = (name, bytes) => {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    return file
  }

  it.each(Object.keys(files).filter((target) => !target.endsWith('-glibc')))('is content with what %s has', (target) =>
    expect(addonFault(write('good.node', files[target]), target)).toBeUndefined(),
  )

  it.each([
    ['linux-x64-glibc', elf(62, 'libc.so.6', 'libgomp.so.1'), 'libgomp.so.1'],
    ['linux-arm64-musl', elf(183, 'libc.so', 'libstdc++.so.6'), 'libstdc++.so.6'],
    ['darwin-x64', machO(0x01000007, '/opt/homebrew/lib/libomp.dylib'), '/opt/homebrew/lib/libomp.dylib'],
    ['win32-x64', pe(0x8664, 'VCRUNTIME140.dll'), 'VCRUNTIME140.dll'],
  ])('finds what not every %s has', (target, bytes, library) => {
    const file = write('asking.node', bytes)
    expect(addonFault(file, target)).toBe(`asks for ${library}, which not every machine has`)
    expect(addonFault(file, target, { local: true })).toBeUndefined()
  })

  it('finds a library that is no addon', () => {
    const bytes = Buffer.from(files['linux-x64-musl'])
    bytes.fill('x', bytes.indexOf(entry), bytes.indexOf(entry) + 4)
    expect(addonFault(write('library.node', bytes), 'linux-x64-musl')).toContain('is not an addon')
  })

  it('finds that a signature is missing or of other content', () => {
    const changed = Buffer.from(files['darwin-arm64'])
    changed[changed.indexOf('register_module_v1') - 1] ^= 1
    const unsigned = machO(0x0100000c, '/usr/lib/libSystem.B.dylib', false)
    for (const bytes of [changed, unsigned])
      expect(addonFault(write('unsigned.node', bytes), 'darwin-arm64')).toBe('is not signed, or was changed since')
  })

  it('finds a file that is missing, of another target, or none of any', () => {
    expect(addonFault(join(folder, 'absent.node'), 'darwin-x64')).toBe('is missing')
    expect(addonFault(write('arm.node', files['darwin-arm64']), 'darwin-x64')).toBe('is a binary for darwin-arm64')
    expect(addonFault(write('page.node', 'page'), 'darwin-x64')).toBe('is not a binary that any target has')
  })

  it('holds published addons to the floor, and lets a local build have the glibc of its machine', ({ skip }) => {
    skip(process.platform !== 'linux', 'the floor is of Linux')
    const lacking = ['cc', 'objdump'].filter((tool) => capture(tool, ['--version']) === undefined)
    skip(lacking.length > 0, `no ${lacking.join(', no ')}: apt-get install gcc binutils`)
    const target = targetOf(readFileSync(process.execPath))
    // Versions are symbols' own: one that glibc has had since its first release for 64 bits, and one of 2.34.
    const build = (name, code) => {
      const [source, file] = [write(`${name}.c`, code), join(folder, `${name}.node`)]
      expect(capture('cc', ['-shared', '-fPIC', '-nostartfiles', '-o', file, source])).toBe('')
      return file
    }
    const old = build('old', `void *malloc(unsigned long); void *${entry}(void) { return malloc(8); }`)
    const recent = build('recent', `int pthread_create(void); int ${entry}(void) { return pthread_create(); }`)
    expect(addonFault(old, target)).toBeUndefined()
    // On an older glibc the function has the version of its first release.
    if (glibcNeed(recent) === '2.34')
      expect(addonFault(recent, target)).toBe(`needs glibc 2.34, published addons at most ${glibcFloor}`)
    expect(addonFault(recent, target, { local: true })).toBeUndefined()
  })
})

it('a release lacks what it lacks, a line for each kernel and target', () => {
  const none = join(folder, 'none')
  for (const kernel of kernels)
    expect(kernelFaults(kernel, targets, { folder: none })).toEqual(
      targets.map((target) => `${kernel}: ${target}.node is missing`),
    )
})

describe('publishing', () => {
  const tarball = { version: '1.2.3', integrity: 'sha512-a' }
  it('a new version is published', () => expect(decide(tarball, { '1.2.2': 'sha512-b' })).toBe('publish'))
  it('one that is there is left alone', () => expect(decide(tarball, { '1.2.3': 'sha512-a' })).toBe('skip'))
  it('one with other content is refused', () => expect(decide(tarball, { '1.2.3': 'sha512-b' })).toBe('refuse'))
})
