// What the headers of ELF, Mach-O and PE files say: the libraries that a binary asks for, and whether a Mach-O file's
// signature is that of its content.
import { createHash } from 'node:crypto'

const textAt = (bytes, begin) => bytes.toString('latin1', begin, bytes.indexOf(0, begin))

/** Libraries of a 64-bit little-endian ELF file: the names in its dynamic section. */
function elfLibraries(bytes) {
  const word = (at) => Number(bytes.readBigUInt64LE(at))
  const [begin, size, count] = [word(32), bytes.readUInt16LE(54), bytes.readUInt16LE(56)]
  const segments = Array.from({ length: count }, (_, i) => {
    const at = begin + i * size
    return { type: bytes.readUInt32LE(at), offset: word(at + 8), address: word(at + 16), length: word(at + 32) }
  })
  const dynamic = segments.find(({ type }) => type === 2)
  if (!dynamic) return []
  const entries = Array.from({ length: dynamic.length / 16 }, (_, i) => {
    const at = dynamic.offset + 16 * i
    return [word(at), word(at + 8)]
  })
  const end = entries.findIndex(([tag]) => tag === 0)
  const [, address] = entries.find(([tag]) => tag === 5)
  const within = segments.find((s) => s.type === 1 && s.address <= address && address < s.address + s.length)
  const strings = within.offset + address - within.address
  return entries.slice(0, end).flatMap(([tag, value]) => (tag === 1 ? [textAt(bytes, strings + value)] : []))
}

/** Load commands of a 64-bit Mach-O file: where each lies, by its number. */
function loadCommands(bytes) {
  const commands = []
  for (let i = 0, at = 32; i < bytes.readUInt32LE(16); i++, at += bytes.readUInt32LE(at + 4))
    commands.push([bytes.readUInt32LE(at), at])
  return commands
}

const machLibraries = (bytes) =>
  loadCommands(bytes).flatMap(([command, at]) =>
    command === 0xc || command === 0x80000018 ? [textAt(bytes, at + bytes.readUInt32LE(at + 8))] : [],
  )

/** Libraries of a 64-bit PE file: the names in its table of imports. */
function peLibraries(bytes) {
  const header = bytes.readUInt32LE(60)
  const optional = header + 24
  const sections = Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, i) => {
    const at = optional + bytes.readUInt16LE(header + 20) + 40 * i
    return {
      length: bytes.readUInt32LE(at + 8),
      address: bytes.readUInt32LE(at + 12),
      offset: bytes.readUInt32LE(at + 20),
    }
  })
  const place = (address) => {
    const within = sections.find((s) => s.address <= address && address < s.address + s.length)
    return within.offset + address - within.address
  }
  const names = []
  for (let at = place(bytes.readUInt32LE(optional + 120)); bytes.readUInt32LE(at + 12) !== 0; at += 20)
    names.push(textAt(bytes, place(bytes.readUInt32LE(at + 12))))
  return names
}

/** The names of the libraries that a binary for a platform asks for. */
export const librariesOf = (bytes, platform) =>
  ({ linux: elfLibraries, darwin: machLibraries, win32: peLibraries })[platform](bytes)

/**
 * Whether each page of a Mach-O file has the hash that its signature says; macOS on arm64 ends a program that loads
 * another. False without a signature.
 */
export function signatureHolds(bytes) {
  const command = loadCommands(bytes).find(([number]) => number === 0x1d)
  if (!command) return false
  const signature = bytes.readUInt32LE(command[1] + 8)
  // A code directory, its numbers big-endian: where hashes are, how many, what they cover, their size, that of a page.
  const at = signature + bytes.readUInt32BE(signature + 16)
  const [hashes, count, end] = [16, 28, 32].map((field) => bytes.readUInt32BE(at + field))
  const [size, page] = [bytes[at + 36], 2 ** bytes[at + 39]]
  return Array.from({ length: count }, (_, i) => i).every((i) => {
    const content = bytes.subarray(i * page, Math.min(end, (i + 1) * page))
    const said = bytes.subarray(at + hashes + i * size, at + hashes + (i + 1) * size)
    return createHash('sha256').update(content).digest().subarray(0, size).equals(said)
  })
}
