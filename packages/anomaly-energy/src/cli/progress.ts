/** One line on a terminal that says how far the work is; nothing elsewhere. */

/** Where progress and messages go: stderr, so that stdout carries results only. */
export interface Screen {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

export class ProgressLine {
  readonly #screen: Screen
  #shown = false

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** Replaces the line. */
  show(phase: string, done: number, total: number, more = ''): void {
    if (!this.#screen.isTTY) return
    const share = total > 0 && Number.isFinite(total) ? ` ${Math.floor((100 * done) / total)} %` : ''
    const text = `${phase} ${done}/${total}${share}${more}`.slice(0, (this.#screen.columns ?? 80) - 1)
    this.#screen.write(`\r\x1b[K${text}`)
    this.#shown = true
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#screen.write('\r\x1b[K')
    this.#shown = false
  }

  /** A message of its own, above the line. */
  say(text: string): void {
    this.clear()
    this.#screen.write(`${text}\n`)
  }
}
