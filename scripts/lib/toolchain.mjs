// Which compilers this machine has, and how to get the ones it lacks.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRust } from './paths.mjs'
import { capture } from './run.mjs'

/** 'glibc' or 'musl' on Linux, else undefined. The mere existence of /lib/ld-musl-* proves nothing. */
export function libc() {
  if (process.platform !== 'linux') return undefined
  try {
    const ldd = readFileSync('/usr/bin/ldd', 'utf8')
    if (/musl/i.test(ldd)) return 'musl'
    if (/GNU C Library|GLIBC/i.test(ldd)) return 'glibc'
  } catch {
    // No ldd: the process's own report knows.
  }
  const { report } = process
  report.excludeNetwork = true
  return report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}

/** Name of this machine's prebuild: `<platform>-<arch>[-<libc>]`. */
export const hostTarget = () => [process.platform, process.arch, libc()].filter(Boolean).join('-')

const firstLine = (text) => text?.split('\n', 1)[0]

/** Of Visual Studio: MSVC's headers and libraries, clang-cl, and what lets MSBuild call it. */
const components = ['VC.Tools.x86.x64', 'VC.Llvm.Clang', 'VC.Llvm.ClangToolset'].map(
  (name) => `Microsoft.VisualStudio.Component.${name}`,
)

function visualStudio() {
  const vswhere = join(
    process.env['ProgramFiles(x86)'] ?? 'C:\\Program Files (x86)',
    'Microsoft Visual Studio/Installer/vswhere.exe',
  )
  if (!existsSync(vswhere)) return undefined
  const wanted = ['-products', '*', '-latest', '-requires', ...components, '-property', 'installationVersion']
  return capture(vswhere, wanted) || undefined
}

function python() {
  const named = process.env.npm_config_python ?? process.env.PYTHON
  const versions = [named, 'python3', 'python'].filter(Boolean).map((name) => firstLine(capture(name, ['--version'])))
  return versions.find((version) => version?.startsWith('Python 3'))
}

function remedy() {
  switch (process.platform) {
    case 'darwin':
      return 'xcode-select --install'
    case 'win32':
      return (
        'winget install Python.Python.3.12 Microsoft.VisualStudio.2022.BuildTools --override ' +
        `"--quiet --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended --add ${components.join(' --add ')}"`
      )
    default:
      if (existsSync('/etc/alpine-release')) return 'apk add g++ make python3'
      if (existsSync('/etc/debian_version')) return 'sudo apt-get install g++ make python3'
      if (existsSync('/etc/arch-release')) return 'sudo pacman -S gcc make python'
      return 'sudo dnf install gcc-c++ make python3'
  }
}

/**
 * What building the C++ cores needs: `versions` of what was found, `missing` names of what wasn't, the
 * command that installs it, and `stamp`, which keeps what one toolchain built from being used by another.
 */
export function detectToolchain() {
  const windows = process.platform === 'win32'
  // UKERNELS_NO_CXX=1 acts as if there were no compiler, to see what its users see.
  const hidden = process.env.UKERNELS_NO_CXX === '1'
  const compiler = windows ? visualStudio() : firstLine(capture(process.env.CXX ?? 'c++', ['--version']))
  const found = {
    'C++ compiler': hidden ? undefined : compiler,
    ...(windows ? {} : { make: firstLine(capture(process.env.MAKE ?? 'make', ['--version'])) }),
    'Python 3': python(),
  }
  const missing = Object.keys(found).filter((name) => !found[name])
  const versions = missing.length > 0 ? 'no C++' : found['C++ compiler']
  const stamp = [hostTarget(), `node-api of node ${process.versions.modules}`, versions].join('; ')
  return { versions: found, missing, remedy: remedy(), stamp }
}

/** Why the cores in one language can't be built or tested here, or undefined. */
export const lacks = ({ missing, remedy }) =>
  missing.length > 0 ? `no ${missing.join(', no ')}: ${remedy}` : undefined

/** As `lacks`, for the language of a kernel's core. */
export const lacksFor = (kernel, { cpp, rust }) => lacks(isRust(kernel) ? rust : cpp)
