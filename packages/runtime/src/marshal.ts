/**
 * Rows of the ABI table on a WebAssembly module: one generic marshaller lays the arguments of any
 * row into the arena, calls the export chunk by chunk and copies the outputs back.
 */
import { type Cell, elementBytes, type HandleParam, harnessStatus, type PreparedRow, type Report } from './abi.js'
import type { Arena, HeapViews } from './arena.js'
import { type AnyArray, type Argument, checkArguments } from './arguments.js'
import { compileLength, type Evaluate, parseLength } from './lengths.js'
import { ReportMerger } from './report.js'
import { copyElements, stageArrays, unstageArrays } from './staging.js'

const NO_ARGUMENTS: readonly Argument[] = []

export type WasmFunction = (...args: number[]) => number

/** State blocks of an instance: handle → where its bytes lie. */
export class HandleTable {
  readonly #entries = new Map<number, { at: number; type: string }>()
  #next = 1

  add(at: number, type: string): number {
    this.#entries.set(this.#next, { at, type })
    return this.#next++
  }
  /** Address of the state, or 0 when the handle is not alive or of another type. */
  addressOf(handle: number, type: string): number {
    const entry = this.#entries.get(handle)
    return entry?.type === type ? entry.at : 0
  }
  delete(handle: number): void {
    this.#entries.delete(handle)
  }
}

/** What one call has worked out before its first chunk. */
export interface Frame {
  args: readonly Argument[]
  /** Values of the row's names. */
  scope: Float64Array
  /** Per array: elements in all, and its address when it already lies in linear memory, else 0. */
  lengths: Float64Array
  homes: Float64Array
  buffers: (ArrayBufferLike | undefined)[]
  /** Arrays that lie in linear memory for the length of the call; see staging.ts. */
  staged: number[]
  total: number
  chunks: number
  /** Elements that the row's `used` array wrote or consumed so far. */
  cursor: number
  /** Address of the row's state. */
  state: number
}

/** How a parameter reaches the export; arrays carry their position in `PreparedRow.arrays`. */
type Step =
  | { kind: 'number' | 'words' | 'report' | 'used'; arg: number }
  | { kind: 'array'; index: number }
  | { kind: 'scratch'; bytes: number; length: Evaluate }
  | { kind: 'span' | 'state' }

/** The state parameter of a row, and the size of the state it makes. */
interface StateParam {
  param: HandleParam
  arg: number
  bytes: Evaluate
}

/** A row of the table bound to the export of the same name. */
export class WasmRow {
  readonly row: PreparedRow
  readonly #fn: WasmFunction
  readonly #arena: Arena
  readonly #merger: ReportMerger
  readonly #steps: Step[]
  /** Position of the `used` array in `row.arrays`, and the cell it reports to; -1 without one. */
  readonly #usedArray: number
  readonly #handle: StateParam | undefined
  /** Whether there are arrays to stage: whole ones that no other may coincide with. */
  readonly #stages: boolean
  /** The current chunk's slices: address, first element and length per array. */
  readonly #at: number[]
  readonly #from: number[]
  readonly #size: number[]
  #reportArg = -1
  #reportAt = 0
  #usedArg = -1
  #usedAt = 0
  /** Arguments of the export, reused by every chunk. */
  readonly #out: number[] = []

  constructor(row: PreparedRow, fn: WasmFunction, arena: Arena) {
    this.row = row
    this.#fn = fn
    this.#arena = arena
    this.#merger = new ReportMerger(row.row)
    this.#steps = row.params.map((_, i) => this.#stepOf(i))
    const usedParam = row.params.find((p) => p.kind === 'used')
    this.#usedArray = usedParam ? row.arrays.findIndex((a) => a.param.name === usedParam.array) : -1
    this.#stages = row.arrays.some((a) => !a.sliced) && row.aliasOf.every((other) => other < 0)
    const at = row.params.findIndex((p) => p.kind === 'handle' || p.kind === 'creates' || p.kind === 'frees')
    if (at >= 0) {
      const param = row.params[at] as HandleParam
      this.#handle = { param, arg: row.args[at], bytes: compileLength(parseLength(param.bytes), row.names) }
    }
    this.#at = row.arrays.map(() => 0)
    this.#from = row.arrays.map(() => 0)
    this.#size = row.arrays.map(() => 0)
  }

  #stepOf(i: number): Step {
    const { params, args, arrays, names } = this.row
    const param = params[i]
    switch (param.kind) {
      case 'u32':
      case 'i32':
      case 'f64':
        return { kind: 'number', arg: args[i] }
      case 'u64':
        return { kind: 'words', arg: args[i] }
      case 'report':
        this.#reportArg = args[i]
        return { kind: 'report', arg: args[i] }
      case 'used':
        this.#usedArg = args[i]
        return { kind: 'used', arg: args[i] }
      case 'scratch':
        return {
          kind: 'scratch',
          bytes: elementBytes[param.element],
          length: compileLength(parseLength(param.length), names),
        }
      case 'span':
        return { kind: 'span' }
      case 'handle':
      case 'creates':
      case 'frees':
        return { kind: 'state' }
      default:
        return { kind: 'array', index: arrays.findIndex((a) => a.param === param) }
    }
  }

  createFrame(): Frame {
    const { names, arrays } = this.row
    return {
      args: [],
      scope: new Float64Array(names.length),
      lengths: new Float64Array(arrays.length),
      homes: new Float64Array(arrays.length),
      buffers: arrays.map(() => undefined),
      staged: [],
      total: 0,
      chunks: 0,
      cursor: 0,
      state: 0,
    }
  }

  /** Checks the arguments against the table and fills the frame. Returns a status. */
  prepare(args: readonly Argument[], frame: Frame, handles: HandleTable): number {
    const { row } = this
    frame.state = 0
    const status = checkArguments(row, args, frame.scope, frame.buffers)
    if (status !== 0) return status
    frame.args = args
    frame.cursor = 0
    frame.total = row.total >= 0 ? frame.scope[row.total] : 0
    frame.chunks = row.span ? Math.max(1, Math.ceil(frame.total / row.span.chunk)) : 1
    const memory = this.#arena.buffer
    for (let i = 0; i < row.arrays.length; i++) {
      const { param, arg, evaluate } = row.arrays[i]
      const value = args[arg] as AnyArray | undefined
      frame.lengths[i] = value === undefined ? -1 : param.kind === 'input' ? value.length : evaluate(frame.scope)
      frame.homes[i] = frame.buffers[i] === memory ? (value as AnyArray).byteOffset : 0
    }
    return this.#handle ? this.#openState(this.#handle, frame, handles) : 0
  }

  /** Finds or makes the state that the row works on. */
  #openState({ param, arg, bytes }: StateParam, frame: Frame, handles: HandleTable): number {
    if (param.kind === 'creates') {
      frame.state = this.#arena.allocate(bytes(frame.scope))
      if (frame.state === 0) return harnessStatus.outOfMemory
      ;(frame.args[arg] as Cell)[0] = handles.add(frame.state, param.type)
      return 0
    }
    frame.state = handles.addressOf(frame.args[arg] as number, param.type)
    return frame.state === 0 ? harnessStatus.badHandle : 0
  }

  /** Moves the whole arrays into linear memory for the length of the call. Returns a status. */
  stage(frame: Frame): number {
    return this.#stages && frame.chunks > 1 ? stageArrays(this.row, frame, this.#arena, this.#usedArray) : 0
  }

  /** Undoes `stage`; a call that succeeded has its results copied out. */
  unstage(frame: Frame, status: number): void {
    unstageArrays(this.row, frame, this.#arena, status)
  }

  /** Ends a call: frees what a failed creation or a freeing row leaves behind, lets go of the arguments. Returns the status. */
  settle(frame: Frame, status: number, handles: HandleTable): number {
    this.unstage(frame, status)
    if (this.#handle !== undefined && frame.state !== 0) this.#settleState(this.#handle, frame, status, handles)
    frame.args = NO_ARGUMENTS
    for (let i = 0; i < frame.buffers.length; i++) frame.buffers[i] = undefined
    return status
  }

  #settleState({ param, arg }: StateParam, frame: Frame, status: number, handles: HandleTable): void {
    const failed = param.kind === 'creates' && status !== 0
    if (failed || (param.kind === 'frees' && status === 0)) {
      handles.delete(failed ? (frame.args[arg] as Cell)[0] : (frame.args[arg] as number))
      this.#arena.release(frame.state)
    }
  }

  /** Runs chunk `index` and merges what it reports. Returns a status. */
  runChunk(frame: Frame, index: number): number {
    const { span } = this.row
    const begin = span ? index * span.chunk : 0
    const end = span ? Math.min(begin + span.chunk, frame.total) : 0
    this.#arena.resetScratch()
    if (!this.#place(frame, begin, end) || !this.#marshal(frame, begin, end)) return harnessStatus.outOfMemory
    const { views } = this.#arena
    this.#copyIn(frame, views)
    const status = invoke(this.#fn, this.#out)
    if (status === 0) this.#copyBack(frame, index, views)
    return status
  }

  /** Finds every array's slice of the chunk an address. False when out of memory. */
  #place(frame: Frame, begin: number, end: number): boolean {
    const { row } = this
    const { arrays, total } = row
    const { scope, lengths, homes } = frame
    for (let i = 0; i < arrays.length; i++) {
      const { param, evaluate, sliced, aliasArg } = arrays[i]
      let from = 0
      let size = Math.max(0, lengths[i])
      if (sliced && lengths[i] >= 0) {
        scope[total] = begin
        from = evaluate(scope)
        scope[total] = end
        size = evaluate(scope) - from
        scope[total] = frame.total
      }
      if (i === this.#usedArray && param.kind === 'input') {
        from = frame.cursor
        size = Math.min(lengths[i] - from, end - begin)
      }
      this.#from[i] = from
      this.#size[i] = size
      const bytes = elementBytes[param.element]
      if (lengths[i] < 0) this.#at[i] = 0
      else if (homes[i] > 0) this.#at[i] = homes[i] + from * bytes
      else if (aliasArg >= 0 && this.#coincides(frame, i)) this.#at[i] = this.#at[row.aliasOf[i]]
      else {
        this.#at[i] = this.#arena.takeScratch(size * bytes)
        if (this.#at[i] === 0) return false
      }
    }
    return true
  }

  /** Whether output i is the very array that it may coincide with. */
  #coincides({ args, buffers }: Frame, i: number): boolean {
    const { arg, aliasArg } = this.row.arrays[i]
    if (buffers[i] !== buffers[this.row.aliasOf[i]]) return false
    return (args[arg] as AnyArray).byteOffset === (args[aliasArg] as AnyArray).byteOffset
  }

  /** Fills the export's argument list. False when out of memory. */
  #marshal(frame: Frame, begin: number, end: number): boolean {
    const out = this.#out
    let at = 0
    for (const step of this.#steps) {
      switch (step.kind) {
        case 'number':
          out[at++] = frame.args[step.arg] as number
          break
        case 'words':
          pushWords(frame.args[step.arg] as number | bigint, out, at)
          at += 2
          break
        case 'array':
          out[at++] = this.#at[step.index]
          out[at++] = this.#size[step.index]
          break
        case 'report':
          out[at++] = this.#reportAt = this.#arena.takeScratch(8 * this.#merger.count)
          if (this.#reportAt === 0) return false
          break
        case 'used':
          out[at++] = this.#usedAt = this.#arena.takeScratch(4)
          if (this.#usedAt === 0) return false
          break
        case 'scratch': {
          const size = step.length(frame.scope)
          out[at] = this.#arena.takeScratch(size * step.bytes)
          if (out[at++] === 0) return false
          out[at++] = size
          break
        }
        case 'span':
          out[at++] = begin
          out[at++] = end
          break
        case 'state':
          out[at++] = frame.state
      }
    }
    return true
  }

  #copyIn(frame: Frame, views: HeapViews): void {
    const { arrays } = this.row
    for (let i = 0; i < arrays.length; i++) {
      const { param, arg } = arrays[i]
      if (param.kind === 'output' || frame.homes[i] > 0 || frame.lengths[i] < 0) continue
      const to = this.#at[i] / elementBytes[param.element]
      copyElements(frame.args[arg] as AnyArray, this.#from[i], this.#size[i], views[param.element], to)
    }
    if (this.#reportArg >= 0) this.#merger.clear(views.f64, views.i64, this.#reportAt / 8)
    if (this.#usedArg >= 0) views.u32[this.#usedAt / 4] = 0
  }

  #copyBack(frame: Frame, index: number, views: HeapViews): void {
    const { arrays } = this.row
    const written = this.#usedArg >= 0 ? views.u32[this.#usedAt / 4] : 0
    for (let i = 0; i < arrays.length; i++) {
      const { param, arg } = arrays[i]
      if (param.kind === 'input' || frame.lengths[i] < 0) continue
      const variable = i === this.#usedArray
      const size = variable ? written : this.#size[i]
      const to = variable ? frame.cursor : this.#from[i]
      const from = this.#at[i] / elementBytes[param.element]
      if (frame.homes[i] === 0) copyElements(views[param.element], from, size, frame.args[arg] as AnyArray, to)
      else if (to !== this.#from[i]) {
        const home = frame.homes[i] / elementBytes[param.element]
        views[param.element].copyWithin(home + to, from, from + size)
      }
    }
    frame.cursor += written
    if (this.#usedArg >= 0) (frame.args[this.#usedArg] as Cell)[0] = frame.cursor
    if (this.#reportArg < 0) return
    this.#merger.merge(frame.args[this.#reportArg] as Report, index === 0, views.f64, views.i64, this.#reportAt / 8)
  }
}

function pushWords(value: number | bigint, out: number[], at: number): void {
  if (typeof value === 'bigint') {
    out[at] = Number(value & 0xffffffffn)
    out[at + 1] = Number(value >> 32n)
  } else {
    out[at] = value >>> 0
    out[at + 1] = Math.floor(value / 2 ** 32)
  }
}

/** `fn(...a)` at half its cost, for the argument counts that rows have. */
function invoke(fn: WasmFunction, a: readonly number[]): number {
  switch (a.length) {
    case 4:
      return fn(a[0], a[1], a[2], a[3])
    case 5:
      return fn(a[0], a[1], a[2], a[3], a[4])
    case 7:
      return fn(a[0], a[1], a[2], a[3], a[4], a[5], a[6])
    case 10:
      return fn(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9])
    case 13:
      return fn(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12])
    case 16:
      return fn(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a[15])
    default:
      return fn(...a)
  }
}
