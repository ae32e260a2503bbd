// Makes addons that Linux refuses, from one that it takes.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/** Says that the file is for the other of arm64 and x64: `e_machine` of its header. */
export function swapProcessor(file) {
  const bytes = readFileSync(file)
  bytes.writeUInt16LE(bytes.readUInt16LE(18) === 62 ? 183 : 62, 18)
  writeFileSync(file, bytes)
}

/** The hash by which ELF's version tables name a version (System V ABI, "Hash Table"). */
function elfHash(name) {
  let hash = 0
  for (const char of name) {
    hash = (hash << 4) + char.charCodeAt(0)
    const high = hash & 0xf0000000
    hash = (hash ^ (high >>> 24)) & ~high
  }
  return hash >>> 0
}

/** Makes it ask for a glibc that isn't out yet: the newest version that it names, and its hash. */
export function askForNewGlibc(file) {
  const bytes = readFileSync(file)
  const [newest] = [...bytes.toString('latin1').matchAll(/GLIBC_2\.\d\d(?=\0)/g)].sort((a, b) => (a[0] < b[0] ? 1 : -1))
  const wanted = 'GLIBC_2.99'
  const [from, to] = [newest[0], wanted].map((name) => {
    const hash = Buffer.alloc(4)
    hash.writeUInt32LE(elfHash(name))
    return hash
  })
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 4)) to.copy(bytes, at)
  bytes.write(wanted, newest.index, 'latin1')
  writeFileSync(file, bytes)
}

const compiler = process.env.CC ?? 'cc'

/** Why there is no compiler for the addons below, if so. */
export const lacksCompiler = () =>
  spawnSync(compiler, ['--version']).error ? 'no C compiler for addons that need a missing library' : undefined

/** Replaces it by an addon that needs a library of this name, which isn't there. */
export function needLibrary(file, name) {
  const library = `${file}.so`
  const compile = (args) => {
    const { status, stderr } = spawnSync(compiler, ['-shared', '-x', 'c', '/dev/null', '-x', 'none', ...args])
    if (status !== 0) throw new Error(String(stderr))
  }
  compile([`-Wl,-soname,${name}`, '-o', library])
  compile(['-Wl,--no-as-needed', library, '-o', file])
  rmSync(library)
}
