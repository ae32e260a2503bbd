import { type Element, type ElementArrays, elementBytes, elements } from './elements.js'

const ALIGN = 64
const PAGE = 65536
/** So that rounding up stays within 32 bits. */
const LONGEST = 2 ** 31 - ALIGN
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

/** Views of a whole linear memory: by element type, and in the order of `elements`. */
export type HeapViews = { [T in Element]: ElementArrays[T] } & { list: ElementArrays[Element][] }

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
  /** Views of the memory as it is now, and its buffer: the engine's own getters are too slow for every call. */
  views!: HeapViews
  buffer!: ArrayBufferLike
  #bytes = 0
  readonly #base: number
  readonly #maxBytes: number
  /** Live blocks in address order. */
  readonly #blocks: Block[] = []
  /** End of the highest block. */
  #top: number
  #scratch: number

  constructor(memory: WebAssembly.Memory, base: number, maxBytes: number) {
    this.memory = memory
    this.#base = align(base)
    this.#maxBytes = maxBytes
    this.#top = this.#base
    this.#scratch = this.#base
    this.#look()
  }

  #look(): void {
    const { buffer } = this.memory
    this.buffer = buffer
    this.#bytes = buffer.byteLength
    const list = elements.map((element) => new constructors[element](buffer))
    this.views = { ...Object.fromEntries(elements.map((element, i) => [element, list[i]])), list } as HeapViews
  }

  #findTop(): void {
    const last = this.#blocks[this.#blocks.length - 1]
    this.#top = last ? last.at + last.bytes : this.#base
  }

  /** Forgets the scratch of the previous call. */
  resetScratch(): void {
    this.#scratch = this.#top
  }

  /** Address of `bytes` of scratch, 64-byte aligned, or 0 when the cap or the engine refuses. */
  takeScratch(bytes: number): number {
    if (bytes > LONGEST) return 0
    const at = this.#scratch
    const end = at + ((bytes + ALIGN - 1) & -ALIGN)
    if (end > this.#bytes && !this.#reach(end)) return 0
    this.#scratch = end
    return at
  }

  /** Address of a block that lives until released, zero-filled unless told otherwise, or 0 when out of memory. */
  allocate(bytes: number, clear = true): number {
    const size = Math.max(ALIGN, align(bytes))
    let at = this.#base
    let index = 0
    while (index < this.#blocks.length && this.#blocks[index].at - at < size) {
      at = this.#blocks[index].at + this.#blocks[index].bytes
      index++
    }
    if (!this.#reach(at + size)) return 0
    this.#blocks.splice(index, 0, { at, bytes: size })
    this.#findTop()
    if (clear) this.views.u8.fill(0, at, at + size)
    return at
  }

  release(at: number): void {
    const index = this.#blocks.findIndex((block) => block.at === at)
    if (index >= 0) this.#blocks.splice(index, 1)
    this.#findTop()
  }

  /** A view of `length` elements at an address; dies when memory grows. */
  view<T extends Element>(element: T, at: number, length: number): ElementArrays[T] {
    const View = constructors[element] as unknown as new (b: ArrayBufferLike, o: number, n: number) => ElementArrays[T]
    return new View(this.buffer, at, length)
  }

  /** Makes sure that memory reaches to `end`. */
  #reach(end: number): boolean {
    if (end <= this.#bytes) return true
    if (end > this.#maxBytes) return false
    // Growing by a quarter at least keeps the number of times that views die small.
    const missing = Math.ceil((end - this.#bytes) / PAGE)
    const room = Math.floor((this.#maxBytes - this.#bytes) / PAGE)
    const generous = Math.min(room, Math.floor(this.#bytes / PAGE / 4))
    try {
      this.memory.grow(Math.max(missing, generous))
    } catch {
      return false
    }
    this.#look()
    return true
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
