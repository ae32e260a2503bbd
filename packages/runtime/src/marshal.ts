/**
 * Rows of the ABI table on a WebAssembly module: one generic marshaller lays the arguments of any
 * row into the arena, calls the export chunk by chunk and copies the outputs back.
 */
import type { HandleParam } from './abi.js'
import type { Arena, HeapViews } from './arena.js'
import { type AnyArray, type Argument, checkArguments } from './arguments.js'
import { type Cell, harnessStatus, type Report } from './backend.js'
import { elementBytes } from './elements.js'
import type { Frame } from './frame.js'
import type { HandleTable } from './handles.js'
import { compileLength, type Evaluate, parseLength } from './lengths.js'
import type { PreparedRow } from './prepared-row.js'
import { ReportMerger } from './report.js'
import { copyElements, set, stageArrays, unstageArrays } from './staging.js'

const NO_ARGUMENTS: readonly Argument[] = []
const none = () => 0

export type WasmFunction = (...args: number[]) => number

/** How a parameter reaches the export; numbers, because an engine compares them faster than strings. */
const NUMBER = 0
const WORDS = 1
const ARRAY = 2
const REPORT = 3
const USED = 4
const SCRATCH = 5
const SPAN = 6
const STATE = 7

/** A parameter of the export. One shape for all kinds, because every call reads them. */
interface Step {
  kind: number
  /** Of a number, words, report or `used`: index among the caller's arguments. */
  arg: number
  /** Of an array: its position in `PreparedRow.arrays`. */
  index: number
  /** Of scratch: its size. */
  bytes: number
  length: Evaluate
}

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
  readonly #at: Int32Array
  readonly #from: Int32Array
  readonly #size: Int32Array
  #chunkBegin = 0
  #reportArg = -1
  #reportAt = 0
  #usedArg = -1
  #usedAt = 0
  /** Per array: what was last copied from. */
  readonly #results: readonly ResultView[]
  /** Arguments of the export, reused by every chunk. */
  readonly #out: number[]

  constructor(row: PreparedRow, fn: WasmFunction, arena: Arena) {
    this.row = row
    this.#fn = fn
    this.#arena = arena
    this.#merger = new ReportMerger(row.row)
    this.#steps = row.params.map((_, i) => this.#stepOf(i))
    const usedParam = row.params.find((p) => p.kind === 'used')
    this.#usedArray = usedParam ? row.arrays.findIndex((a) => a.param.name === usedParam.array) : -1
    this.#stages = row.arrays.some((a) => !a.sliced) && row.arrays.every((a) => a.alias < 0)
    const at = row.params.findIndex((p) => p.kind === 'handle' || p.kind === 'creates' || p.kind === 'frees')
    if (at >= 0) {
      const param = row.params[at] as HandleParam
      this.#handle = { param, arg: row.args[at], bytes: compileLength(parseLength(param.bytes), row.names) }
    }
    // Not only of numbers when it is made: else the engine keeps it as floats, and boxes each for every call.
    this.#out = row.params.map(() => undefined as unknown as number)
    this.#results = row.arrays.map(() => new ResultView())
    this.#at = new Int32Array(row.arrays.length)
    this.#from = new Int32Array(row.arrays.length)
    this.#size = new Int32Array(row.arrays.length)
  }

  #stepOf(i: number): Step {
    const { params, args, arrays, names } = this.row
    const param = params[i]
    const step = { arg: args[i], index: -1, bytes: 0, length: none }
    switch (param.kind) {
      case 'u32':
      case 'i32':
      case 'f64':
        return { kind: NUMBER, ...step }
      case 'u64':
        return { kind: WORDS, ...step }
      case 'report':
        this.#reportArg = args[i]
        return { kind: REPORT, ...step, bytes: 8 * this.#merger.count }
      case 'used':
        this.#usedArg = args[i]
        return { kind: USED, ...step, bytes: 4 }
      case 'scratch': {
        const length = compileLength(parseLength(param.length), names)
        return { kind: SCRATCH, ...step, bytes: elementBytes[param.element], length }
      }
      case 'span':
        return { kind: SPAN, ...step }
      case 'handle':
      case 'creates':
      case 'frees':
        return { kind: STATE, ...step }
      default:
        return { kind: ARRAY, ...step, index: arrays.findIndex((a) => a.param === param) }
    }
  }

  /** Checks the arguments against the table and fills the frame. Returns a status. */
  prepare(args: readonly Argument[], frame: Frame, handles: HandleTable): number {
    const { row } = this
    frame.state = 0
    const status = checkArguments(row, args, frame)
    if (status !== 0) return status
    frame.args = args
    frame.cursor = 0
    frame.total = row.total >= 0 ? frame.scope[row.total] : 0
    frame.chunks = row.span ? Math.max(1, Math.ceil(frame.total / row.span.chunk)) : 1
    const memory = this.#arena.buffer
    for (let i = 0; i < row.arrays.length; i++)
      frame.homes[i] = frame.buffers[i] === memory ? (args[row.arrays[i].arg] as AnyArray).byteOffset : 0
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
    if (frame.staged.length > 0) this.unstage(frame, status)
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
    this.#chunkBegin = begin
    this.#arena.resetScratch()
    if (!this.#marshal(frame, begin, end)) return harnessStatus.outOfMemory
    const status = invoke(this.#fn, this.#out)
    if (status === 0) this.#copyBack(frame, index, this.#arena.views)
    return status
  }

  /** Lays the chunk's arguments into the arena and fills the export's argument list. False when out of memory. */
  #marshal(frame: Frame, begin: number, end: number): boolean {
    const out = this.#out
    const steps = this.#steps
    let at = 0
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]
      switch (step.kind) {
        case NUMBER:
          out[at++] = frame.args[step.arg] as number
          break
        case WORDS:
          pushWords(frame.args[step.arg] as number | bigint, out, at)
          at += 2
          break
        case ARRAY:
          if (!this.#place(frame, step.index, begin, end)) return false
          out[at++] = this.#at[step.index]
          out[at++] = this.#size[step.index]
          break
        case REPORT:
          out[at++] = this.#reportAt = this.#arena.takeScratch(step.bytes)
          if (this.#reportAt === 0) return false
          this.#merger.clear(this.#arena.views.f64, this.#arena.views.i64, this.#reportAt / 8)
          break
        case USED:
          out[at++] = this.#usedAt = this.#arena.takeScratch(step.bytes)
          if (this.#usedAt === 0) return false
          this.#arena.views.u32[this.#usedAt / 4] = 0
          break
        case SCRATCH: {
          const size = step.length(frame.scope)
          out[at] = this.#arena.takeScratch(size * step.bytes)
          if (out[at++] === 0) return false
          out[at++] = size
          break
        }
        case SPAN:
          out[at++] = begin
          out[at++] = end
          break
        case STATE:
          out[at++] = frame.state
      }
    }
    return true
  }

  /** Gives array i's part of the chunk an address, with what the core reads there. False when out of memory. */
  #place(frame: Frame, i: number, begin: number, end: number): boolean {
    const length = frame.lengths[i]
    this.#at[i] = 0
    this.#size[i] = 0
    if (length < 0) return true
    const array = this.row.arrays[i]
    const { bytes, alias } = array
    const from = frame.chunks === 1 ? 0 : this.#start(frame, i, begin)
    const size = frame.chunks === 1 ? length : this.#start(frame, i, end) - from
    if (frame.homes[i] > 0) this.#at[i] = frame.homes[i] + from * bytes
    else if (alias >= 0 && this.#coincides(frame, i)) this.#at[i] = this.#at[alias]
    else {
      const at = this.#arena.takeScratch(size * bytes)
      if (at === 0) return false
      this.#at[i] = at
      // What lies there already survives when memory grows for the next array.
      if (array.read)
        copyElements(frame.args[array.arg] as AnyArray, from, size, this.#arena.views.list[array.element], at / bytes)
    }
    // Below 2^31, as it lies in memory.
    this.#from[i] = from
    this.#size[i] = size
    return true
  }

  /** Where array i's part of a chunk begins that begins at `begin`, or ends that ends there. */
  #start(frame: Frame, i: number, begin: number): number {
    const { arrays, total } = this.row
    const { evaluate, sliced, written } = arrays[i]
    // An input that is consumed: what is left, as much as the chunk can use.
    if (i === this.#usedArray && !written) return Math.min(frame.lengths[i], frame.cursor + begin - this.#chunkBegin)
    if (!sliced) return begin === this.#chunkBegin ? 0 : frame.lengths[i]
    frame.scope[total] = begin
    const at = evaluate(frame.scope)
    frame.scope[total] = frame.total
    return at
  }

  /** Whether output i is the very array that it may coincide with. */
  #coincides({ args, buffers }: Frame, i: number): boolean {
    const { arg, aliasArg, alias } = this.row.arrays[i]
    if (buffers[i] !== buffers[alias]) return false
    return (args[arg] as AnyArray).byteOffset === (args[aliasArg] as AnyArray).byteOffset
  }

  #copyBack(frame: Frame, index: number, views: HeapViews): void {
    const { arrays } = this.row
    const used = this.#usedArg >= 0 ? views.u32[this.#usedAt / 4] : 0
    for (let i = 0; i < arrays.length; i++) {
      const { written, arg, bytes, element } = arrays[i]
      if (!written || frame.lengths[i] < 0) continue
      const variable = i === this.#usedArray
      const size = variable ? used : this.#size[i]
      const to = variable ? frame.cursor : this.#from[i]
      const at = this.#at[i]
      if (frame.homes[i] === 0)
        set.call(frame.args[arg] as Uint8Array, this.#results[i].at(at, size, element, views), to)
      else if (to !== this.#from[i])
        views.list[element].copyWithin(frame.homes[i] / bytes + to, at / bytes, at / bytes + size)
    }
    frame.cursor += used
    if (this.#usedArg >= 0) (frame.args[this.#usedArg] as Cell)[0] = frame.cursor
    if (this.#reportArg < 0) return
    this.#merger.merge(frame.args[this.#reportArg] as Report, index === 0, views.f64, views.i64, this.#reportAt / 8)
  }
}

/** A view of results in memory: calls that repeat, repeat their sizes, and making a view costs as much as copying it. */
class ResultView {
  #at = 0
  #list: unknown
  #view: Uint8Array = new Uint8Array(0)

  /** Of `size` elements of a type at `at`. */
  at(at: number, size: number, element: number, { list }: HeapViews): Uint8Array {
    if (this.#at !== at || this.#view.length !== size || this.#list !== list) {
      const all = list[element]
      const from = at / all.BYTES_PER_ELEMENT
      this.#view = all.subarray(from, from + size) as Uint8Array
      this.#at = at
      this.#list = list
    }
    return this.#view
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
