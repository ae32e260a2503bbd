// Zig's Clang as the cross compiler for every target: one installation with the C libraries of all of them, those of
// glibc by version. GCC for Windows is no substitute: it spills AVX registers to a stack that is aligned to 16 bytes
// (GCC bug 54412).
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { at } from '../lib/paths.mjs'
import { capture, packageFolder } from '../lib/run.mjs'
import { glibcFloor } from './prebuilds.mjs'

const environment = at('scripts', 'release', '.venv')
const requirements = 'scripts/release/requirements.txt'
/** The Python that has it. */
export const zigPython = join(environment, 'bin', 'python')

/** Why nothing can be cross-compiled here, or undefined. */
export function lacksZig() {
  if (process.platform === 'win32') return 'the cross builds are set up for Linux and macOS'
  const install = `python3 -m venv scripts/release/.venv && scripts/release/.venv/bin/pip install -r ${requirements}`
  return existsSync(zigPython) ? undefined : `no Zig: ${install}`
}

/** Zig's names of the prebuilds' targets. */
const triples = {
  'darwin-arm64': 'aarch64-macos.11.0',
  'darwin-x64': 'x86_64-macos.11.0',
  'linux-arm64-glibc': `aarch64-linux-gnu.${glibcFloor}`,
  'linux-arm64-musl': 'aarch64-linux-musl',
  'linux-x64-glibc': `x86_64-linux-gnu.${glibcFloor}`,
  'linux-x64-musl': 'x86_64-linux-musl',
  'win32-x64': 'x86_64-windows-gnu',
}

/** gyp configures for Linux and its linker; these arguments mean nothing to the others. */
const foreign = {
  linux: ['-Wl,--exclude-libs,ALL'],
  darwin: ['-Wl,--exclude-libs,ALL', '-Wl,--start-group', '-Wl,--end-group', '-Wl,-soname=*', '-rdynamic'],
  win32: ['-Wl,--exclude-libs,ALL', '-Wl,-soname=*', '-rdynamic', '-fPIC', '-pthread'],
}

const zig = () =>
  capture(zigPython, ['-c', 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'])

/** The functions that an addon for Windows takes from node.exe. */
function importLibrary(folder) {
  return ['node_api', 'js_native_api'].map((name) => {
    const library = join(folder, `lib${name}.a`)
    const definition = join(packageFolder('node-api-headers'), 'def', `${name}.def`)
    if (capture(zig(), ['dlltool', '-m', 'i386:x86-64', '-d', definition, '-l', library]) === undefined)
      throw new Error(`zig dlltool could not read ${definition}`)
    return library
  })
}

/** What the linker gets beside gyp's arguments: Node's own functions are found when the addon is loaded. */
function linking(target, folder) {
  if (target.startsWith('darwin-')) return ['-undefined', 'dynamic_lookup']
  return target.startsWith('win32-') ? importLibrary(folder) : []
}

const script = (dropped, command) => `#!/bin/sh
# Made by scripts/release/zig.mjs: leaves out what this target's linker doesn't know.
# lld-link takes the variable LINK, which told make of this file, for arguments of its own.
unset LINK
linking=no
for argument do
  shift
  case "$argument" in
    ${dropped.join(' | ')}) ;;
    *) set -- "$@" "$argument" ;;
  esac
  if [ "$argument" = -shared ]; then linking=yes; fi
done
${command}
`

const quoted = (words) => words.map((word) => `'${word}'`).join(' ')

/** Writes the compilers for a target into a folder; returns the variables that name them. */
export function zigCompilers(target, folder) {
  mkdirSync(folder, { recursive: true })
  const dropped = foreign[target.split('-')[0]]
  const libraries = quoted(linking(target, folder))
  const write = (name, text) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    chmodSync(file, 0o755)
    return file
  }
  const compiler = (name) => {
    const common = quoted([zig(), name, '-target', triples[target], '-Wno-unknown-warning-option'])
    const commands = `if [ $linking = yes ]; then exec ${common} "$@" ${libraries}; fi\nexec ${common} "$@"`
    return write(name, script(dropped, commands))
  }
  const cxx = compiler('c++')
  return {
    CC: compiler('cc'),
    CXX: cxx,
    LINK: cxx,
    AR: write('ar', `#!/bin/sh\nexec ${quoted([zig(), 'ar'])} "$@"\n`),
  }
}

/**
 * Strips a Mach-O file, which Zig's linker doesn't do, with rustc's llvm-objcopy: it signs the result anew. Returns an
 * exit code.
 */
export function stripMachO(file) {
  const sysroot = capture('rustc', ['--print', 'sysroot'], { cwd: at('native') })
  const host = /^host: (.*)$/m.exec(capture('rustc', ['--version', '--verbose'], { cwd: at('native') }) ?? '')?.[1]
  if (!sysroot || !host) return 1
  const env = { ...process.env, LD_LIBRARY_PATH: join(sysroot, 'lib') }
  const objcopy = join(sysroot, 'lib', 'rustlib', host, 'bin', 'rust-objcopy')
  return capture(objcopy, ['--strip-all', file], { env }) === undefined ? 1 : 0
}

/** cargo's variables: cargo-zigbuild is called by its name and looks for Zig on the path. */
export const zigPath = () => ({ PATH: [join(environment, 'bin'), process.env.PATH].join(delimiter) })

/** cargo's name of a target, with the glibc that it may need. */
export const zigTriple = (target, triple) => (target.endsWith('-glibc') ? `${triple}.${glibcFloor}` : triple)
