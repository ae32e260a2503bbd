/** What keeps an addon from being published, on files that are made here byte by byte. */
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

/** ELF for a machine that asks for a library, Mach-O for a processor, PE for a machine. */
const elf = (machine, library) => {
  const bytes = Buffer.alloc(64)
  bytes.write('\x7fELF', 'latin1')
  bytes.writeUInt16LE(machine, 18)
  return Buffer.concat([bytes, Buffer.from(`\0${library}\0`)])
}
const machO = (processor) => {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32LE(0xfeedfacf)
  bytes.writeUInt32LE(processor, 4)
  return bytes
}
const pe = (machine) => {
  const bytes = Buffer.alloc(80)
  bytes.write('MZ')
  bytes.writeUInt32LE(64, 60)
  bytes.write('PE', 64)
  bytes.writeUInt16LE(machine, 68)
  return bytes
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

  it('is content with what the target has', () =>
    expect(addonFault(write('musl.node', files['linux-x64-musl']), 'linux-x64-musl')).toBeUndefined())

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
    const old = build('old', 'double cos(double); void *malloc(unsigned long); void *f(void) { return malloc(8); }')
    const recent = build('recent', 'int pthread_create(void); int f(void) { return pthread_create(); }')
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
