/** What this process, page or worker is and can do. Nothing here throws, whatever the runtime allows. */

export type RuntimeName = 'node' | 'bun' | 'deno' | 'workerd' | 'browser'

interface DenoPermissions {
  permissions?: { querySync?(descriptor: { name: 'env'; variable: string }): { state: string } }
}
/** What a runtime may have of Node's `process`. */
interface HostProcess {
  platform?: string
  arch?: string
  versions?: Record<string, string | undefined>
  env?: Record<string, string | undefined>
  stderr?: { write(text: string): unknown }
  /** Present when Node's permission model is on. */
  permission?: object
  report?: { excludeNetwork?: boolean; getReport(): object }
  cwd?(): string
  getBuiltinModule?(name: string): unknown
}
/** The globals that only some runtimes have. */
interface Globals {
  process?: HostProcess
  navigator?: { userAgent?: string; hardwareConcurrency?: number }
  Deno?: DenoPermissions & { version?: { deno?: string } }
}
// Read on every use: bundlers and tests replace these.
const globals = () => globalThis as unknown as Globals

export const nodeProcess = (): HostProcess | undefined => globals().process

/** Which runtime this is; a page, a worker and anything unknown count as `'browser'`. */
export function runtimeName(): RuntimeName {
  const { process, navigator, Deno } = globals()
  if (Deno?.version?.deno) return 'deno'
  if (process?.versions?.bun) return 'bun'
  if (navigator?.userAgent === 'Cloudflare-Workers') return 'workerd'
  return process?.versions?.node && typeof process.getBuiltinModule === 'function' ? 'node' : 'browser'
}

/** Name and version for messages, e.g. `'node 20.19.0'`. */
export function runtimeLabel(): string {
  const name = runtimeName()
  const { process, Deno } = globals()
  const versions: Partial<Record<RuntimeName, string>> = {
    node: process?.versions?.node,
    bun: process?.versions?.bun,
    deno: Deno?.version?.deno,
  }
  return versions[name] ? `${name} ${versions[name]}` : name
}

/** A module of Node's core; undefined where there is none. A static import would break every bundle for the web. */
export function builtin<T>(name: string): T | undefined {
  try {
    return globals().process?.getBuiltinModule?.(name) as T | undefined
  } catch {
    return undefined
  }
}

/** An environment variable; undefined where there are none, or it is empty or may not be read. */
export function environmentVariable(name: string): string | undefined {
  const { process, Deno } = globals()
  try {
    // Reading without permission would stop and ask the user.
    if (Deno?.permissions?.querySync?.({ name: 'env', variable: name }).state === 'prompt') return undefined
    return process?.env?.[name] || undefined
  } catch {
    return undefined
  }
}

/** The variables that choose a backend, and their names for messages. */
interface EnvironmentChoices {
  /** The kernel's own variable, else the one for all kernels. */
  backend?: { variable: string; value: string }
  nativePath?: { variable: string; value: string }
  isa?: string
}

/** How the names of a kernel's own variables begin, e.g. `UKERNELS_TREE_SEARCH_`. */
export const variablePrefix = (kernel: string) => `UKERNELS_${kernel.toUpperCase().replaceAll('-', '_')}_`

/** Reads `UKERNELS_[<KERNEL>_]BACKEND`, `UKERNELS_<KERNEL>_NATIVE_PATH` and `UKERNELS_ISA` for the kernel of this name. */
export function environmentChoices(kernel: string): EnvironmentChoices {
  const prefix = variablePrefix(kernel)
  const read = (variable: string) => {
    const value = environmentVariable(variable)
    return value === undefined ? undefined : { variable, value }
  }
  return {
    backend: read(`${prefix}BACKEND`) ?? read('UKERNELS_BACKEND'),
    nativePath: read(`${prefix}NATIVE_PATH`),
    isa: environmentVariable('UKERNELS_ISA'),
  }
}

/** Writes a line to stderr when `UKERNELS_DEBUG` is set (and not 0). The only output of these packages. */
export function debug(line: () => string): void {
  const value = environmentVariable('UKERNELS_DEBUG')
  if (value !== undefined && value !== '0') nodeProcess()?.stderr?.write(`ukernels: ${line()}\n`)
}

// (func (result v128) i8x16.popcnt (i8x16.splat (i32.const 0)))
const SIMD_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]

/** What WebAssembly offers here: nothing, no SIMD, or what the kernels need. */
export function wasmSupport(): 'none' | 'no-simd' | 'simd' {
  if (typeof WebAssembly !== 'object') return 'none'
  return WebAssembly.validate(new Uint8Array(SIMD_MODULE)) ? 'simd' : 'no-simd'
}

/** Processors that this process may use; 1 where that can't be known. */
export function availableCores(): number {
  const os = builtin<typeof import('node:os')>('node:os')
  return Math.max(1, os?.availableParallelism?.() ?? globals().navigator?.hardwareConcurrency ?? 1)
}
