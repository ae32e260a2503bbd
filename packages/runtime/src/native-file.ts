/**
 * Whether the file of an addon is whole, as far as its headers tell.
 *
 * The linkers of Linux map a file as its headers say and then touch pages that aren't there: on a file that was cut
 * short, SIGBUS ends the process. Those of macOS and Windows compare with the file's size themselves.
 */
import { AttemptError } from './attempts.js'
import { builtin, nodeProcess } from './environment.js'

/** A file's size and the bytes at an offset, fewer at its end. */
export interface NativeFile {
  size: number
  read(offset: number, length: number): DataView
}

const ELF_HEADER = 64
const CLASS_64 = 2
const LITTLE_ENDIAN = 1
const PT_LOAD = 1
/** `e_machine` by Node's name of the processor. */
const elfMachines: Record<string, number> = { x64: 62, arm64: 183 }

const formats: Record<string, { name: string; magics: number[] }> = {
  linux: { name: 'an ELF binary', magics: [0x7f454c46] },
  // 64 and 32 bits, little-endian as read here; universal, with 32- and 64-bit offsets.
  darwin: { name: 'a Mach-O binary', magics: [0xcffaedfe, 0xcefaedfe, 0xcafebabe, 0xcafebabf] },
  win32: { name: 'a PE binary', magics: [] },
}

function hasMagic(platform: string, header: DataView): boolean {
  if (platform === 'win32') return header.byteLength >= 2 && header.getUint16(0) === 0x4d5a
  return header.byteLength >= 4 && formats[platform].magics.includes(header.getUint32(0))
}

/** Where an ELF file has to reach: the end of its section header table and of each segment that is mapped. */
function elfEnd(file: NativeFile, header: DataView): number {
  const little = header.getUint8(5) === LITTLE_ENDIAN
  const u64 = (view: DataView, at: number) => Number(view.getBigUint64(at, little))
  const u16 = (at: number) => header.getUint16(at, little)
  const [programs, programSize, programCount] = [u64(header, 32), u16(54), u16(56)]
  const [sections, sectionSize, sectionCount] = [u64(header, 40), u16(58), u16(60)]
  const tableEnd = programs + programSize * programCount
  let end = Math.max(sections + sectionSize * sectionCount, tableEnd)
  if (tableEnd > file.size || programSize < 56) return end
  const table = file.read(programs, programSize * programCount)
  for (let at = 0; at + 56 <= table.byteLength; at += programSize)
    if (table.getUint32(at, little) === PT_LOAD) end = Math.max(end, u64(table, at + 8) + u64(table, at + 32))
  return end
}

/** For another processor. The linker says of such a file that it doesn't exist. */
function wrongMachine(header: DataView, arch: string | undefined): string | undefined {
  const found = header.getUint16(18, header.getUint8(5) === LITTLE_ENDIAN)
  const wanted = arch === undefined ? undefined : elfMachines[arch]
  if (wanted === undefined || found === wanted) return undefined
  const name = Object.keys(elfMachines).find((each) => elfMachines[each] === found) ?? 'another processor'
  return `the file is for ${name}, this process for ${arch}`
}

/**
 * What is wrong with a native file on a platform and processor; undefined when nothing seems to be, or its format isn't
 * known here.
 */
export function damageOf(platform: string, file: NativeFile, arch?: string): string | undefined {
  if (!Object.hasOwn(formats, platform)) return undefined
  const header = file.read(0, ELF_HEADER)
  if (!hasMagic(platform, header)) return `the file is not ${formats[platform].name}`
  if (platform !== 'linux') return undefined
  if (header.byteLength < ELF_HEADER) return `the file is cut short within its header: it has ${file.size} bytes`
  // The linker itself refuses another class.
  if (header.getUint8(4) !== CLASS_64) return undefined
  const wrong = wrongMachine(header, arch)
  if (wrong) return wrong
  const end = elfEnd(file, header)
  return end > file.size ? `the file is cut short: it has ${file.size} of at least ${end} bytes` : undefined
}

/**
 * Looks at an addon's file before it is opened. One that can't be read is left to the linker, which knows more:
 * bundlers, archives and permissions come between.
 *
 * @throws AttemptError CORRUPT when it isn't whole, or not of this platform's format
 */
export function checkNativeFile(path: string): void {
  const damage = damageOnDisk(path)
  if (damage) throw new AttemptError('CORRUPT', damage)
}

function damageOnDisk(path: string): string | undefined {
  const { platform, arch } = nodeProcess() ?? {}
  const fs = builtin<typeof import('node:fs')>('node:fs')
  if (!fs || !platform) return undefined
  let file: number | undefined
  try {
    const opened = fs.openSync(path, 'r')
    file = opened
    const stat = fs.fstatSync(opened)
    if (!stat.isFile()) return undefined
    const read = (offset: number, length: number) => {
      const bytes = new Uint8Array(length)
      return new DataView(bytes.buffer, 0, fs.readSync(opened, bytes, 0, length, offset))
    }
    return damageOf(platform, { size: stat.size, read }, arch)
  } catch {
    return undefined
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
}
