import { arch, platform, report } from 'node:process'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { libcOfLdd, libcOfReport, nativeTarget, prebuiltTargets } from '../src/libc.js'

afterEach(() => vi.unstubAllGlobals())

describe('C library', () => {
  it.each([
    // Debian 12: a shell script. Alpine: /usr/bin/ldd is a script that runs /lib/ld-musl-*. Void musl: the linker itself.
    ['#! /bin/bash\n# This file is part of the GNU C Library.\nTEXTDOMAIN=libc\n', 'glibc'],
    ['#!/bin/sh\nexec /lib/ld-musl-x86_64.so.1 --list "$@"\n', 'musl'],
    ['\x7fELF\x02\x01\0\0musl libc\nDynamic Program Loader\0', 'musl'],
    ['\x7fELF\x02\x01\0\0GLIBC_2.2.5\0', 'glibc'],
    ['', undefined],
  ])('by ldd: %j', (text, libc) => {
    expect(libcOfLdd(text)).toBe(libc)
  })

  it.each([
    [{ header: { glibcVersionRuntime: '2.36' }, sharedObjects: ['/lib/ld-musl-x86_64.so.1'] }, 'glibc'],
    [{ header: {}, sharedObjects: ['/lib/ld-musl-x86_64.so.1'] }, 'musl'],
    [{ header: {}, sharedObjects: ['/lib/libc.musl-aarch64.so.1'] }, 'musl'],
    [{ header: {}, sharedObjects: [] }, undefined],
    [{}, undefined],
  ])('by the process report: %j', (report, libc) => {
    expect(libcOfReport(report)).toBe(libc)
  })
})

describe('target', () => {
  it('names this machine as prebuilt binaries are named', () => {
    const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } }
    const libc = platform !== 'linux' ? '' : header.glibcVersionRuntime ? '-glibc' : '-musl'
    expect(nativeTarget()).toBe(`${platform}-${arch}${libc}`)
  })
  it('has no C library outside Linux, and is nothing in a browser', () => {
    vi.stubGlobal('process', { platform: 'darwin', arch: 'arm64' })
    expect(nativeTarget()).toBe('darwin-arm64')
    expect(prebuiltTargets).toContain(nativeTarget())
    vi.stubGlobal('process', undefined)
    expect(nativeTarget()).toBeUndefined()
  })
})
