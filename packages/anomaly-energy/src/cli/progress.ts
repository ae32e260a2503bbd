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
    const text = `${phase} ${done}/${total}${share}${more}`.slice(0, (this.#screen.columns || 80) - 1)
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

/**
 * Prints results as lines of JSON. An error among them is told on stderr too, where someone may be watching while
 * stdout goes to a file or a program; on one terminal it would be told twice.
 */
export function resultPrinter(stdout: Screen, line: ProgressLine): (result: object) => void {
  return (result) => {
    stdout.write(`${JSON.stringify(result)}\n`)
    if ('error' in result && 'image' in result && !stdout.isTTY) line.say(`${result.image}: ${result.error}`)
  }
}
