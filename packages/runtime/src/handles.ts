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
