// What the headers of an addon say about the machine that it is for.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { glibcNeed } from '../lib/pack.mjs'
import { at } from '../lib/paths.mjs'
import { librariesOf, signatureHolds } from './binaries.mjs'

/** The newest glibc that a published addon may ask for: Debian 10, Ubuntu 18.10, RHEL 8. */
export const glibcFloor = '2.28'

const elfMachines = { 62: 'x64', 183: 'arm64' }
const peMachines = { 34404: 'x64', 43620: 'arm64' }
const machMachines = { 16777223: 'x64', 16777228: 'arm64' }

/** The names of the libraries that it asks for lie in an ELF file as they are. */
function libcOf(bytes) {
  if (bytes.includes('libc.so.6\0') || bytes.includes('GLIBC_2.')) return 'glibc'
  return bytes.includes('\0libc.so\0') || bytes.includes('\0libc.musl-') ? 'musl' : undefined
}

/** `linux-x64-glibc`, read from a file's header, or undefined for what no target is. */
export function targetOf(bytes) {
  if (bytes.length < 64) return undefined
  const target = (platform, arch, ...libc) => (arch ? [platform, arch, ...libc].join('-') : undefined)
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    const libc = libcOf(bytes)
    return libc && target('linux', elfMachines[bytes.readUInt16LE(18)], libc)
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return target('darwin', machMachines[bytes.readUInt32LE(4)])
  if (bytes.readUInt16BE(0) !== 0x4d5a) return undefined
  const header = bytes.readUInt32LE(60)
  if (header + 6 > bytes.length || bytes.readUInt32BE(header) !== 0x50450000) return undefined
  return target('win32', peMachines[bytes.readUInt16LE(header + 4)])
}

/** The libraries that a published addon may ask for: what every machine of its target has. */
const libraries = {
  glibc: /^(lib(c\.so\.6|m\.so\.6|dl\.so\.2|pthread\.so\.0)|ld-linux-[\w-]+\.so\.\d)$/,
  musl: /^libc\.(so|musl-\w+\.so\.1)$/,
  darwin: /^\/usr\/lib\/lib(System\.B|c\+\+\.1|iconv\.2)\.dylib$/,
  win32: /^(node\.exe|(kernel32|ntdll|advapi32|bcryptprimitives|userenv|ws2_32|msvcrt|api-ms-win-[\w-]+)\.dll)$/i,
}

/** What is wrong with a published addon's content, for a target that its header names; or undefined. */
function contentFault(bytes, target) {
  const [platform, , libc] = target.split('-')
  // Names that macOS exports lie in a trie, which keeps beginnings that several share apart from the rest.
  if (!bytes.includes(platform === 'darwin' ? 'register_module_v1' : 'napi_register_module_v1'))
    return 'is not an addon: it has no napi_register_module_v1'
  const foreign = librariesOf(bytes, platform).filter((name) => !libraries[libc ?? platform].test(name))
  if (foreign.length > 0) return `asks for ${foreign.join(', ')}, which not every machine has`
  if (target === 'darwin-arm64' && !signatureHolds(bytes)) return 'is not signed, or was changed since'
  return undefined
}

/** Whether a version is newer than another. */
export const newer = (a, b) => a.localeCompare(b, 'en', { numeric: true }) > 0

/**
 * What keeps a file from being published as the addon for a target, or undefined.
 *
 * @param options.local - it is for the machine that built it, whatever libraries that has
 */
export function addonFault(file, target, { local = false } = {}) {
  if (!existsSync(file)) return 'is missing'
  const bytes = readFileSync(file)
  const made = targetOf(bytes)
  if (made !== target) return made ? `is a binary for ${made}` : 'is not a binary that any target has'
  if (local) return undefined
  const fault = contentFault(bytes, target)
  if (fault || !target.endsWith('-glibc')) return fault
  const need = glibcNeed(file)
  if (need === undefined) return 'could not be checked for the glibc that it needs: no objdump (binutils)'
  return newer(need, glibcFloor) ? `needs glibc ${need}, published addons at most ${glibcFloor}` : undefined
}

/**
 * What keeps a kernel from being published, a line each.
 *
 * @param options - `folder` of its addons, by default its package's, and those of `addonFault`
 */
export const kernelFaults = (kernel, targets, { folder = at('packages', kernel, 'prebuilds'), ...options } = {}) =>
  targets.flatMap((target) => {
    const fault = addonFault(join(folder, `${target}.node`), target, options)
    return fault ? [`${kernel}: ${target}.node ${fault}`] : []
  })
