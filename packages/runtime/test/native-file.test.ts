/** What the headers of a native file say about its size, on files that are made here byte by byte. */
import { describe, expect, it } from 'vitest'
import { damageOf, type NativeFile } from '../src/native-file.js'

/** A file in memory. */
function file(bytes: Uint8Array): NativeFile {
  return {
    size: bytes.length,
    read: (offset, length) => {
      const part = bytes.slice(offset, offset + length)
      return new DataView(part.buffer)
    },
  }
}

/** ELF64 with one loaded segment, and a section header table at its end, `size` bytes long. */
function elf({ size = 1000, segment = [0, 900], sections = [872, 2], wordSize = 2, little = true } = {}): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wordSize, little ? 1 : 2, 1])
  view.setBigUint64(32, 64n, little)
  view.setBigUint64(40, BigInt(sections[0]), little)
  view.setUint16(54, 56, little)
  view.setUint16(56, 1, little)
  view.setUint16(58, 64, little)
  view.setUint16(60, sections[1], little)
  view.setUint32(64, 1, little)
  view.setBigUint64(72, BigInt(segment[0]), little)
  view.setBigUint64(96, BigInt(segment[1]), little)
  return bytes
}

describe('on Linux', () => {
  const damage = (bytes: Uint8Array) => damageOf('linux', file(bytes))

  it('a whole file is not damaged, and one with something behind it neither', () => {
    for (const little of [true, false]) {
      expect(damage(elf({ little }))).toBeUndefined()
      expect(damage(elf({ size: 1001, little }))).toBeUndefined()
    }
  })

  it('a file cut anywhere is', () => {
    const whole = elf()
    for (let length = 4; length < whole.length; length++)
      expect(damage(whole.subarray(0, length)), `${length}`).toMatch(/^the file is cut short/)
    expect(damage(whole.subarray(0, 700))).toBe('the file is cut short: it has 700 of at least 1000 bytes')
  })

  it('a segment, or a table of sections, that lies behind the end is', () => {
    expect(damage(elf({ segment: [200, 801] }))).toMatch(/cut short/)
    expect(damage(elf({ sections: [0, 0], segment: [0, 1000] }))).toBeUndefined()
    expect(damage(elf({ sections: [873, 2] }))).toMatch(/cut short/)
  })

  it('a file for another processor is named before the linker says that there is none', () => {
    const [machine, x64, arm64, riscv] = [18, 62, 183, 243]
    const whole = (value: number, little: boolean) => {
      const bytes = elf({ little })
      new DataView(bytes.buffer).setUint16(machine, value, little)
      return file(bytes)
    }
    for (const little of [true, false]) {
      expect(damageOf('linux', whole(x64, little), 'x64')).toBeUndefined()
      expect(damageOf('linux', whole(arm64, little), 'x64')).toBe('the file is for arm64, this process for x64')
      expect(damageOf('linux', whole(x64, little), 'arm64')).toBe('the file is for x64, this process for arm64')
      expect(damageOf('linux', whole(riscv, little), 'x64')).toMatch(/for another processor, /)
      expect(damageOf('linux', whole(riscv, little), 'riscv64')).toBeUndefined()
    }
  })

  it('something else is no ELF binary; the linker judges other word sizes', () => {
    expect(damage(new Uint8Array(3))).toBe('the file is not an ELF binary')
    expect(damage(new TextEncoder().encode('<!doctype html>'))).toBe('the file is not an ELF binary')
    expect(damage(elf({ wordSize: 1 }).subarray(0, 500))).toBeUndefined()
  })
})

it('elsewhere only the first bytes are looked at', () => {
  const starting = (...bytes: number[]) => file(Uint8Array.from([...bytes, ...new Array<number>(60).fill(0)]))
  expect(damageOf('darwin', starting(0xcf, 0xfa, 0xed, 0xfe))).toBeUndefined()
  expect(damageOf('darwin', starting(0xca, 0xfe, 0xba, 0xbe))).toBeUndefined()
  expect(damageOf('darwin', starting(0x7f, 0x45, 0x4c, 0x46))).toBe('the file is not a Mach-O binary')
  expect(damageOf('win32', starting(0x4d, 0x5a))).toBeUndefined()
  expect(damageOf('win32', starting(0x4d))).toBe('the file is not a PE binary')
  expect(damageOf('sunos', starting(1, 2, 3))).toBeUndefined()
})
