/** Bytes in every runtime: Node's Buffer isn't there in a page. */

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** Bytes of any view, as hexadecimal digits. */
export const hex = (view: ArrayBufferView): string =>
  Array.from(bytesOf(view), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Whether two views hold the same bytes. */
export function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [left, right] = [bytesOf(a), bytesOf(b)]
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}

/**
 * Shared memory of at least so many bytes. In a page that isn't cross-origin isolated there is no SharedArrayBuffer to
 * construct; WebAssembly gives one, in whole pages of 64 KiB.
 */
export function sharedBuffer(bytes: number): SharedArrayBuffer {
  if (typeof SharedArrayBuffer === 'function') return new SharedArrayBuffer(bytes)
  const pages = Math.ceil(bytes / 65536)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  return memory.buffer as unknown as SharedArrayBuffer
}
