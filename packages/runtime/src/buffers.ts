import { type Arena, allocateArray, bytesOf } from './arena.js'
import type { Element, ElementArrays } from './elements.js'

/**
 * An array that the backend reads and writes in place: in wasm it lies in linear memory, so calls
 * don't copy it. `view` must be read again after every call, because linear memory may have grown.
 */
export interface KernelBuffer<T extends Element> {
  readonly length: number
  readonly view: ElementArrays[T]
  free(): void
}

/** Makes a buffer on the backend's memory; undefined `arena` means ordinary memory. */
export function createBuffer<T extends Element>(
  arena: Arena | undefined,
  element: T,
  length: number,
): KernelBuffer<T> | undefined {
  if (!arena) {
    const view = allocateArray(element, length)
    return { length, view, free() {} }
  }
  const at = arena.allocate(bytesOf(element, length))
  if (at === 0) return undefined
  let view: ElementArrays[T] | undefined = arena.view(element, at, length)
  return {
    length,
    get view() {
      if (!view) throw new ReferenceError('view: the buffer was freed')
      if (view.buffer !== arena.buffer) view = arena.view(element, at, length)
      return view
    },
    free() {
      if (view) arena.release(at)
      view = undefined
    },
  }
}
