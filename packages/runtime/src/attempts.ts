/** Why a backend didn't load, and what to do about it. */
import { runtimeLabel, runtimeName, variablePrefix } from './environment.js'
import { type Attempt, KernelLoadError } from './errors.js'
import { prebuiltTargets } from './libc.js'

export type AttemptCode =
  /** The package has no binary for this machine, or the file is missing. */
  | 'NO_PREBUILD'
  /** The file named by the environment isn't there. */
  | 'NO_FILE'
  /** This runtime has no Node-API addons. */
  | 'NO_NODE_API'
  /** Addons are switched off. */
  | 'NO_ADDONS'
  /** Node's permission model, or Deno's, is in the way. */
  | 'PERMISSION'
  | 'OLD_GLIBC'
  /** A glibc binary on musl, or the reverse. */
  | 'WRONG_LIBC'
  /** Not a binary that this system can load. */
  | 'CORRUPT'
  /** A library that the binary needs isn't on this system. */
  | 'MISSING_LIBRARY'
  /** The file is there, and this user may not read it. */
  | 'UNREADABLE'
  /** The file may not be run: a file system without the right to, or a security policy. */
  | 'NO_EXEC'
  /** A bundler made the require of the addon an error. */
  | 'BUNDLED'
  /** The processor is below the floor of the addon. */
  | 'OLD_CPU'
  /** Built for another version of the package. */
  | 'VERSION'
  /** Not an addon, or not a module, of this kernel. */
  | 'ABI'
  /** Loaded, but computes wrong bits. */
  | 'SELF_TEST'
  | 'NO_WASM'
  | 'NO_SIMD'
  /** There is no address space, or memory, for that of WebAssembly. */
  | 'NO_MEMORY'
  /** A Content-Security-Policy, or the embedder, forbids compiling WebAssembly. */
  | 'CSP'
  /** The bytes aren't a WebAssembly module. */
  | 'BAD_WASM'
  /** The module couldn't be fetched. */
  | 'FETCH'
  /** The package's file that carries the module, or the chunk that a bundler made of it, couldn't be loaded. */
  | 'NO_MODULE'
  /** `loadSync` was asked for what only loads asynchronously. */
  | 'ASYNC_ONLY'
  | 'FAILED'

/** A failure whose kind is known where it happens. */
export class AttemptError extends Error {
  readonly attempt: AttemptCode
  constructor(attempt: AttemptCode, message: string) {
    super(message)
    this.attempt = attempt
  }
}

const loaderMessages: readonly [RegExp, AttemptCode][] = [
  [/GLIBC(XX)?_[\d.]+.{0,3} not found/, 'OLD_GLIBC'],
  [/libc\.musl-|ld-musl-|ld-linux-|Error relocating/, 'WRONG_LIBC'],
  [/permission denied/i, 'UNREADABLE'],
  [/failed to map segment|operation not permitted/i, 'NO_EXEC'],
  [/dynamic require of/i, 'BUNDLED'],
  [/allocate (wasm )?memory|out of memory/i, 'NO_MEMORY'],
  [/file too short|invalid ELF|ELF class|mach-o|not a valid Win32|did not self-register/i, 'CORRUPT'],
  [/cannot open shared object|Error loading shared library|Library not loaded|specified module/i, 'MISSING_LIBRARY'],
]
const refusals = /content security policy|unsafe-eval|blocked by csp|code generation disallowed/i

/** Sorts what a loader threw into the causes above. `permissions`: whether Node's permission model is on. */
export function causeOf(error: unknown, { permissions = false, named = false } = {}): AttemptCode {
  if (error instanceof AttemptError) return error.attempt
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  const message = messageOf(error)
  if (code === 'ERR_UKERNELS_NO_ADDONS') return 'NO_NODE_API'
  if (code === 'ERR_UKERNELS_NO_PREBUILD' || code === 'MODULE_NOT_FOUND' || code === 'ENOENT')
    return named ? 'NO_FILE' : 'NO_PREBUILD'
  if (code === 'EACCES') return 'UNREADABLE'
  if (code === 'ERR_DLOPEN_DISABLED') return permissions ? 'PERMISSION' : 'NO_ADDONS'
  if (code === 'ERR_ACCESS_DENIED' || name === 'NotCapable' || name === 'PermissionDenied') return 'PERMISSION'
  if (refusals.test(message)) return 'CSP'
  if (name === 'CompileError') return 'BAD_WASM'
  if (name === 'LinkError') return 'ABI'
  return loaderMessages.find(([pattern]) => pattern.test(message))?.[1] ?? 'FAILED'
}

/** First line of an error's message; Node appends its require stack. */
export const messageOf = (error: unknown): string =>
  String((error as { message?: unknown } | undefined)?.message ?? error).split('\n', 1)[0]

/** The same with what brought it about, which says more where a request failed. */
export function messageWithCause(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: unknown }
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`
}

/** What the text of a load error is made from. */
export interface LoadContext {
  /** `'gradient-quantization'`. */
  kernel: string
  version: string
  target: string | undefined
  /** What chose the one backend that was tried; undefined for `'auto'`. */
  chosenBy: string | undefined
}

const packageOf = ({ kernel }: LoadContext) => `@ukernels/${kernel}`
const pathVariable = ({ kernel }: LoadContext) => `${variablePrefix(kernel)}NATIVE_PATH`

function prebuildRemedy(context: LoadContext): string {
  const { target } = context
  const name = packageOf(context)
  if (target === undefined || !prebuiltTargets.includes(target))
    return `There is no prebuilt binary for ${target ?? 'this platform'}, only for ${prebuiltTargets.join(', ')}.`
  return [
    `${name} is published with prebuilds/${target}.node; here it was left out.`,
    `In a bundle: copy node_modules/${name}/prebuilds beside it, or declare the package external.`,
    `On a serverless platform: add node_modules/${name}/prebuilds/** to the traced files.`,
    'In a clone of the repository: run npm run build. Else reinstall the package.',
  ].join('\n  ')
}

const remedies: Record<AttemptCode, (context: LoadContext) => string> = {
  NO_PREBUILD: prebuildRemedy,
  NO_FILE: (context) => `Correct or unset ${pathVariable(context)}: no such file.`,
  NO_NODE_API: () =>
    [
      'Native addons run in Node, Bun and Deno; elsewhere WebAssembly does, and nothing is amiss.',
      "In one of the three: the bundle was made for browsers, make it with the condition 'node'.",
    ].join('\n  '),
  NO_ADDONS: () => 'Native addons are switched off: remove --no-addons from the command line and NODE_OPTIONS.',
  PERMISSION: (context) =>
    runtimeName() === 'deno'
      ? [
          'Deno wants --allow-ffi and --allow-read for native addons, and --allow-read or --allow-net for a module',
          'that is given by its address.',
        ].join('\n  ')
      : [
          "Node's permission model forbids native addons, or reading them: beside --permission (Node 20:",
          `--experimental-permission) pass --allow-addons, and --allow-fs-read for node_modules/${packageOf(context)}.`,
        ].join('\n  '),
  OLD_GLIBC: () =>
    'The C library of this system is too old: prebuilt binaries need glibc 2.28 (Debian 10, Ubuntu 18.10, RHEL 8 or newer), local builds that of the build machine. Use a newer system or image.',
  WRONG_LIBC: (context) =>
    `The binary was built for another C library than this system's: musl (Alpine) and glibc don't mix. The package holds both; install it here instead of copying one file, and check ${pathVariable(context)}.`,
  CORRUPT: (context) =>
    `The file is damaged or made for another platform: delete node_modules/${packageOf(context)} and install it again (or correct ${pathVariable(context)}).`,
  MISSING_LIBRARY: (context) =>
    `The addon needs a library that this system lacks. Those of ${packageOf(context)} need none but the C library: reinstall the package, or correct ${pathVariable(context)}; for an addon of your own making, install what it needs.`,
  UNREADABLE: () =>
    'The file is there, and this user may not read it: correct its rights and those of the folders above it, in a container those of the user that installed.',
  NO_EXEC: (context) =>
    `Nothing in this file system may be run (mounted noexec), or a security policy (SELinux, AppArmor) forbids it: install ${packageOf(context)} elsewhere, or allow it.`,
  BUNDLED: (context) =>
    [
      "A bundler put an error in place of the addon's require(), as esbuild does in ES modules: bundle to CommonJS",
      `(--format=cjs), or declare ${packageOf(context)} external and install it beside the bundle.`,
    ].join('\n  '),
  OLD_CPU: () =>
    'The addon needs an x86-64-v2 processor (SSE4.2, POPCNT), as made since 2009; in a virtual machine choose the CPU type "host".',
  VERSION: (context) =>
    `Two versions are mixed: a cached or copied binary beside a newer package. Reinstall ${packageOf(context)}, clear the bundler's cache, or build again in a clone of the repository.`,
  ABI: (context) =>
    `What was loaded belongs to another kernel or version: pass the files of ${packageOf(context)} of this very version.`,
  SELF_TEST: () =>
    'The backend computes wrong bits on this machine. Choose the other one, and please report this with the output of UKERNELS_DEBUG=1.',
  NO_WASM: () => 'WebAssembly is switched off here (node --jitless, a lockdown mode, a hardened build): enable it.',
  NO_SIMD: () =>
    'The module needs 128-bit WebAssembly SIMD: Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or newer, a processor with SSE4.1 or NEON, and no engine flag that turns it off.',
  NO_MEMORY: () =>
    "WebAssembly's memory takes gigabytes of address space, of which little is used: raise the limit (ulimit -v, or that of the service or container).",
  CSP: (context) =>
    [
      'Compiling WebAssembly is forbidden here.',
      "In a page: add 'wasm-unsafe-eval' to the script-src of its Content-Security-Policy.",
      "In Cloudflare Workers: bundle with the condition 'workerd', as wrangler does, or pass load({ wasm })",
      `the module that importing ${packageOf(context)}/kernel.wasm gives.`,
    ].join('\n  '),
  BAD_WASM: (context) =>
    `The bytes aren't a WebAssembly module (an error page, perhaps): leave out the wasm option, the package carries its module, or pass ${packageOf(context)}/kernel.wasm.`,
  FETCH: () =>
    'Check the address given as wasm (a Response can be read only once), or leave the option out: the package carries its module.',
  NO_MODULE: (context) =>
    [
      `The module lies in dist/wasm-inline.js of ${packageOf(context)}, which is imported when it is needed.`,
      'In a bundle: deploy the chunk made of it with the rest; reload a page that is older than what is deployed.',
      `On a serverless platform: add node_modules/${packageOf(context)}/dist/** to the traced files.`,
      'Else reinstall the package, or pass load({ wasm }) the module.',
    ].join('\n  '),
  ASYNC_ONLY: () =>
    "loadSync() can't reach the module that the package carries: await load(), or pass loadSync({ wasm }) a WebAssembly.Module or its bytes.",
  FAILED: () => 'Run again with UKERNELS_DEBUG=1, and please report what it prints.',
}

/** What the caller ruled out by choosing, in the call or by a variable of the environment. */
const otherBackend: Record<'call' | 'environment', Record<Attempt['backend'], string>> = {
  call: {
    native: "WebAssembly needs no addon: load({ backend: 'wasm' }), or 'auto', which takes it where native fails.",
    wasm: "'auto', the default, takes native where it loads.",
  },
  environment: {
    native:
      "WebAssembly needs no addon: unset it for 'auto', which takes it where native fails, or load({ backend: 'wasm' }).",
    wasm: "Unset it for 'auto', which takes native where it loads.",
  },
}

/** The error for a load that came to nothing. */
export function loadError(attempts: readonly Attempt[], context: LoadContext, cause: unknown): KernelLoadError {
  const { target, version, chosenBy } = context
  const tried = attempts.map((a) => `- ${a.backend} (${a.source}): ${a.code}\n  ${a.message}`)
  const codes = new Set(attempts.map((a) => a.code as AttemptCode))
  const advice = [...codes].map((code) => `- ${remedies[code](context)}`)
  if (chosenBy) {
    const place = chosenBy.startsWith('UKERNELS_') ? 'environment' : 'call'
    advice.push(`- ${chosenBy} allows no other backend. ${otherBackend[place][attempts[0].backend]}`)
  }
  const message = [
    `Could not load ${packageOf(context)} ${version} on ${target ?? 'this platform'} (${runtimeLabel()})`,
    '',
    'Tried:',
    ...tried,
    '',
    'What helps:',
    ...advice,
  ].join('\n')
  const mixed = codes.has('VERSION') || codes.has('ABI')
  return new KernelLoadError(mixed ? 'ERR_UKERNELS_ABI' : 'ERR_UKERNELS_LOAD', message, attempts, { cause })
}
