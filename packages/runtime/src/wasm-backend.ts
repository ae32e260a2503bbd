import type { Abi } from './abi.js'
import { Arena } from './arena.js'
import type { AnyArray, Argument } from './arguments.js'
import { type Backend, harnessStatus, type JobControl } from './backend.js'
import { createBuffer } from './buffers.js'
import type { Element } from './elements.js'
import { createFrame } from './frame.js'
import { HandleTable } from './handles.js'
import { adoptArguments, nextTurn, publishOutputs, SLICE_MS } from './job.js'
import { type WasmFunction, WasmRow } from './marshal.js'
import { type PreparedRow, prepareRow } from './prepared-row.js'

/** The arena may grow to this many bytes unless the caller says otherwise. */
const DEFAULT_MAX_BYTES = 2 ** 31

/** Parameters that a row's export takes: arrays and scratch are (pointer, length), u64 is (lo, hi), span is (begin, end). */
function arityOf({ params }: PreparedRow): number {
  const pairs = ['input', 'output', 'inout', 'scratch', 'u64', 'span']
  return params.reduce((arity, { kind }) => arity + (pairs.includes(kind) ? 2 : 1), 0)
}

/**
 * The rows of a table on a compiled module.
 *
 * @param module - compiled from the kernel's AssemblyScript; exports `memory`, `__heap_base` and every row
 * @throws TypeError naming the row when an export is missing or takes another number of parameters
 */
export function createWasmBackend<A extends Abi>(
  abi: A,
  module: WebAssembly.Module,
  { maxBytes = DEFAULT_MAX_BYTES }: { maxBytes?: number } = {},
): Backend<A> {
  let state: WasmInstance | undefined = new WasmInstance(abi, module, maxBytes)
  const call: Record<string, (...args: Argument[]) => number> = {}
  const start: Record<string, (args: Argument[], control?: JobControl) => Promise<number>> = {}
  for (const name of Object.keys(abi.rows)) {
    call[name] = state.caller(name)
    start[name] = async (args, control) => (state ? state.run(name, args, control) : harnessStatus.disposed)
  }
  return {
    kind: 'wasm',
    call,
    start,
    createBuffer: (element: Element, length: number) => state && createBuffer(state.arena, element, length),
    info: () => ({ isa: 'simd128', threads: 1 }),
    dispose() {
      if (state) state.disposed = true
      state = undefined
      // Nothing may keep the memory alive but a job that is about to notice.
      for (const name of Object.keys(call)) call[name] = () => harnessStatus.disposed
    },
  } as unknown as Backend<A>
}

class WasmInstance {
  disposed = false
  readonly arena: Arena
  readonly #handles = new HandleTable()
  readonly #rows = new Map<string, WasmRow>()

  constructor(abi: Abi, module: WebAssembly.Module, maxBytes: number) {
    const { exports } = new WebAssembly.Instance(module, {
      env: {
        abort: () => {
          throw new WebAssembly.RuntimeError('unreachable')
        },
      },
    })
    const base = exports.__heap_base as WebAssembly.Global
    this.arena = new Arena(exports.memory as WebAssembly.Memory, base.value as number, maxBytes)
    for (const [name, source] of Object.entries(abi.rows)) {
      const prepared = prepareRow(name, source)
      if (source.params.some((p) => p.kind === 'frees')) {
        this.#bind(prepared, () => 0)
        continue
      }
      const fn = exports[name]
      if (typeof fn !== 'function') throw new TypeError(`wasm module of ${abi.name}: no export '${name}'`)
      const arity = arityOf(prepared)
      if (fn.length !== arity)
        throw new TypeError(`wasm export '${name}' takes ${fn.length} parameters, the table says ${arity}`)
      this.#bind(prepared, fn as WasmFunction)
    }
  }

  #bind(row: PreparedRow, fn: WasmFunction): void {
    this.#rows.set(row.name, new WasmRow(row, fn, this.arena))
  }

  /** The row as a function. Short calls can't interleave, so they share one frame. */
  caller(name: string): (...args: Argument[]) => number {
    const row = this.#rows.get(name) as WasmRow
    const frame = createFrame(row.row)
    return (...args) => {
      if (this.disposed) return harnessStatus.disposed
      let status = row.prepare(args, frame, this.#handles)
      if (status === 0) status = row.stage(frame)
      for (let i = 0; status === 0 && i < frame.chunks; i++) status = row.runChunk(frame, i)
      return row.settle(frame, status, this.#handles)
    }
  }

  /** The call in slices: the event loop gets a turn at least every `SLICE_MS`. */
  async run(name: string, args: Argument[], control?: JobControl): Promise<number> {
    const row = this.#rows.get(name) as WasmRow
    const frame = createFrame(row.row)
    const checked = row.prepare(args, frame, this.#handles)
    if (checked !== 0) return checked
    const owned = adoptArguments(row.row, args, frame.scope)
    let status = row.prepare(owned, frame, this.#handles)
    if (status === 0) status = row.stage(frame)
    let sliceStart = performance.now()
    for (let i = 0; status === 0 && i < frame.chunks; i++) {
      if (performance.now() - sliceStart > SLICE_MS) {
        await nextTurn()
        sliceStart = performance.now()
      }
      if (this.disposed) return harnessStatus.disposed
      if (control && Atomics.load(control.flags, 0) === 1) status = harnessStatus.aborted
      else status = row.runChunk(frame, i)
      if (control && status !== harnessStatus.aborted) Atomics.add(control.flags, 1, 1)
    }
    row.unstage(frame, status)
    await nextTurn()
    if (this.disposed) return harnessStatus.disposed
    // The last chunk may have been done when the caller asked to stop: nothing is written then either.
    if (control && Atomics.load(control.flags, 0) === 1) return harnessStatus.aborted
    return status === 0 ? publishOutputs(row.row, owned, args as (AnyArray | undefined)[]) : status
  }
}
