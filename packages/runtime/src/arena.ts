import { type Element, type ElementArrays, elementBytes } from './abi.js'

const ALIGN = 64
const PAGE = 65536
const align = (bytes: number) => Math.ceil(bytes / ALIGN) * ALIGN

const constructors = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

/** Views of a whole linear memory, one per element type. */
export type HeapViews = { [T in Element]: ElementArrays[T] }

interface Block {
  at: number
  bytes: number
}

/**
 * The host's allocator over a module's linear memory. From `base` on lie the blocks that live until
 * they are released (handles, buffers); above the highest of them is scratch, laid out anew by each
 * call. Memory grows only here, never inside a kernel; views die when it does.
 */
export class Arena {
  readonly memory: WebAssembly.Memory
  #views!: HeapViews
  #buffer: ArrayBufferLike | undefined
  readonly #base: number
  readonly #maxBytes: number
  /** Live blocks in address order. */
  readonly #blocks: Block[] = []
  #scratch: number

  constructor(memory: WebAssembly.Memory, base: number, maxBytes: number) {
    this.memory = memory
    this.#base = align(base)
    this.#maxBytes = maxBytes
    this.#scratch = this.#base
  }

  /** Views of the memory as it is now. */
  get views(): HeapViews {
    if (this.#buffer !== this.memory.buffer) {
      const { buffer } = this.memory
      this.#buffer = buffer
      this.#views = Object.fromEntries(
        Object.entries(constructors).map(([name, View]) => [name, new View(buffer)]),
      ) as unknown as HeapViews
    }
    return this.#views
  }

  get #top(): number {
    const last = this.#blocks[this.#blocks.length - 1]
    return last ? last.at + last.bytes : this.#base
  }

  /** Forgets the scratch of the previous call. */
  resetScratch(): void {
    this.#scratch = this.#top
  }

  /** Address of `bytes` of scratch, 64-byte aligned, or 0 when the cap or the engine refuses. */
  takeScratch(bytes: number): number {
    const at = this.#scratch
    const end = at + align(bytes)
    if (!this.#reach(end)) return 0
    this.#scratch = end
    return at
  }

  /** Address of a zero-filled block that lives until released, or 0 when out of memory. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGN, align(bytes))
    let at = this.#base
    let index = 0
    while (index < this.#blocks.length && this.#blocks[index].at - at < size) {
      at = this.#blocks[index].at + this.#blocks[index].bytes
      index++
    }
    if (!this.#reach(at + size)) return 0
    this.#blocks.splice(index, 0, { at, bytes: size })
    this.views.u8.fill(0, at, at + size)
    return at
  }

  release(at: number): void {
    const index = this.#blocks.findIndex((block) => block.at === at)
    if (index >= 0) this.#blocks.splice(index, 1)
  }

  /** A view of `length` elements at an address; dies when memory grows. */
  view<T extends Element>(element: T, at: number, length: number): ElementArrays[T] {
    const View = constructors[element] as unknown as new (b: ArrayBufferLike, o: number, n: number) => ElementArrays[T]
    return new View(this.memory.buffer, at, length)
  }

  #reach(end: number): boolean {
    const missing = end - this.memory.buffer.byteLength
    if (missing <= 0) return true
    if (end > this.#maxBytes) return false
    try {
      // Growing by a quarter at least keeps the number of times that views die small.
      const pages = Math.max(Math.ceil(missing / PAGE), Math.floor(this.memory.buffer.byteLength / PAGE / 4))
      const cap = Math.floor((this.#maxBytes - this.memory.buffer.byteLength) / PAGE)
      this.memory.grow(Math.min(pages, Math.max(cap, Math.ceil(missing / PAGE))))
      return true
    } catch {
      return false
    }
  }
}

/** Makes a typed array of an element type outside the arena. */
export function allocateArray<T extends Element>(element: T, length: number): ElementArrays[T] {
  return new constructors[element](length) as unknown as ElementArrays[T]
}

export const elementTag: Record<Element, string> = Object.fromEntries(
  Object.entries(constructors).map(([element, { name }]) => [element, name]),
) as Record<Element, string>

/** Bytes that `length` elements take. */
export const bytesOf = (element: Element, length: number): number => length * elementBytes[element]
