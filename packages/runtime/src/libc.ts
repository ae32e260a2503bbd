/** Which prebuilt binary belongs to this machine. */
import { builtin, nodeProcess } from './environment.js'

/** Platforms that every kernel ships a binary for. */
export const prebuiltTargets: readonly string[] = [
  'linux-x64-glibc',
  'linux-arm64-glibc',
  'linux-x64-musl',
  'linux-arm64-musl',
  'darwin-arm64',
  'darwin-x64',
  'win32-x64',
]

type Libc = 'glibc' | 'musl'

let known: Libc | undefined

/**
 * The C library of a Linux system. `ldd` is a script that names it, or part of musl; where it is
 * missing, the libraries that this process has loaded tell. Files such as /lib/ld-musl-* say
 * nothing: Debian's musl-tools puts them on glibc systems.
 */
export function libc(): Libc {
  known ??= libcOfLdd(readLdd()) ?? libcOfReport(readReport()) ?? 'glibc'
  return known
}

export function libcOfLdd(text: string): Libc | undefined {
  if (text.includes('musl')) return 'musl'
  return text.includes('GNU C Library') || text.includes('GLIBC') ? 'glibc' : undefined
}

interface ProcessReport {
  header?: { glibcVersionRuntime?: string }
  sharedObjects?: string[]
}

export function libcOfReport({ header, sharedObjects = [] }: ProcessReport): Libc | undefined {
  if (header?.glibcVersionRuntime) return 'glibc'
  return sharedObjects.some((file) => /libc\.musl-|ld-musl-/.test(file)) ? 'musl' : undefined
}

function readLdd(): string {
  try {
    return builtin<typeof import('node:fs')>('node:fs')?.readFileSync('/usr/bin/ldd', 'utf8') ?? ''
  } catch {
    return ''
  }
}

function readReport(): ProcessReport {
  const { report } = nodeProcess() ?? {}
  if (!report) return {}
  // Without this the report resolves the names of all open connections, which can take seconds.
  const { excludeNetwork } = report
  try {
    report.excludeNetwork = true
    return report.getReport() as ProcessReport
  } catch {
    return {}
  } finally {
    report.excludeNetwork = excludeNetwork
  }
}

/** This machine as prebuilt binaries are named: platform, architecture and, on Linux, the C library. */
export function nativeTarget(): string | undefined {
  const { platform, arch } = nodeProcess() ?? {}
  if (!platform || !arch) return undefined
  return platform === 'linux' ? `${platform}-${arch}-${libc()}` : `${platform}-${arch}`
}
