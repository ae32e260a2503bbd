import type { Abi } from './abi.js'
import type { Backend } from './backend.js'
import { createBuffer } from './buffers.js'
import type { Element } from './elements.js'

/** What an addon exports. */
export interface Addon {
  /** Version of the package it was built for. */
  version: string
  /** Instruction sets that this machine can run, widest last. */
  isas: string[]
  instantiate(options: { isa: number; threads: number }): AddonInstance | undefined
}
interface AddonInstance {
  call: Record<string, (...args: unknown[]) => number>
  start: Record<string, (...args: unknown[]) => Promise<number>>
  dispose(): void
}

/**
 * The rows of a table on a loaded addon.
 *
 * @param isa - one of `addon.isas`
 * @throws TypeError when the addon lacks a row of the table or can't be instantiated
 */
export function createNativeBackend<A extends Abi>(
  abi: A,
  addon: Addon,
  { threads, isa }: { threads: number; isa: string },
): Backend<A> {
  const instance = addon.instantiate({ isa: addon.isas.indexOf(isa), threads })
  if (!instance) throw new TypeError(`addon of ${abi.name}: no instance with isa '${isa}' and ${threads} threads`)
  const call: AddonInstance['call'] = {}
  const start: Record<string, (args: unknown[], control?: { flags: Int32Array }) => Promise<number>> = {}
  for (const name of Object.keys(abi.rows)) {
    if (typeof instance.call[name] !== 'function') throw new TypeError(`addon of ${abi.name}: no function '${name}'`)
    // The addon's own functions, without a layer around them: a call costs what the engine takes.
    call[name] = instance.call[name]
    const begin = instance.start[name]
    if (begin) start[name] = (args, control) => (control ? begin(...args, control.flags) : begin(...args))
  }
  let disposed = false
  return {
    kind: 'native',
    call,
    start,
    createBuffer: (element: Element, length: number) => createBuffer(undefined, element, length),
    info: () => ({ isa, threads }),
    dispose() {
      if (!disposed) instance.dispose()
      disposed = true
    },
  } as unknown as Backend<A>
}
