import type { Abi } from './abi.js'
import { AttemptError } from './attempts.js'
import type { Backend } from './backend.js'
import { builtin, nodeProcess } from './environment.js'
import { list, typeError } from './errors.js'
import { type Addon, createNativeBackend } from './native-backend.js'
import { checkNativeFile } from './native-file.js'

/** Requires the one file that the environment names; relative paths start at the working directory. */
export function requireFile(path: string): unknown {
  const module = builtin<typeof import('node:module')>('node:module')
  const paths = builtin<typeof import('node:path')>('node:path')
  const directory = nodeProcess()?.cwd?.()
  if (!module || !paths || directory === undefined)
    throw new AttemptError('NO_NODE_API', 'this runtime has no Node-API addons')
  const require = module.createRequire(paths.join(directory, 'load.js'))
  const file = paths.resolve(directory, path)
  checkNativeFile(file)
  return require(file)
}

function isAddon(value: unknown): value is Addon {
  const addon = value as Partial<Addon> | null | undefined
  return typeof addon?.version === 'string' && Array.isArray(addon.isas) && typeof addon.instantiate === 'function'
}

/**
 * The backend of a loaded addon.
 *
 * @param isa - from `UKERNELS_ISA`; the widest of this machine when undefined
 * @throws AttemptError when the addon isn't usable, TypeError when `isa` isn't
 */
export function openNative<A extends Abi>(
  abi: A,
  addon: unknown,
  { version, isa, threads }: { version: string; isa: string | undefined; threads: number },
): Backend<A> {
  if (!isAddon(addon))
    throw new AttemptError('ABI', 'the file is no addon of this kernel: no version, isas, instantiate')
  if (addon.version !== version)
    throw new AttemptError('VERSION', `the addon is of version ${addon.version}, the package of version ${version}`)
  if (addon.isas.length === 0)
    throw new AttemptError('OLD_CPU', 'the processor has none of the instruction sets that the addon is built for')
  if (isa !== undefined && !addon.isas.includes(isa))
    throw typeError(`UKERNELS_ISA must be one of ${list(addon.isas)} on this machine, got '${isa}'`)
  try {
    return createNativeBackend(abi, addon, { threads, isa: isa ?? addon.isas[addon.isas.length - 1] })
  } catch (error) {
    throw error instanceof TypeError ? new AttemptError('ABI', error.message) : error
  }
}
