/** One line on a terminal that says how far the work is; nothing elsewhere. */

/** Where progress and messages go: stderr, so that stdout carries results only. */
export interface Screen {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Time between two lines of one phase, in milliseconds. */
const PAUSE = 100

export class ProgressLine {
  readonly #screen: Screen
  readonly #now: () => number
  #shown = false
  #phase = ''
  #next = 0

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen
    this.#now = now
  }

  /** Replaces the line, ten times a second at most; the first of a phase and the last are always shown. */
  show(phase: string, done: number, total: number, more = ''): void {
    if (!this.#screen.isTTY) return
    const now = this.#now()
    if (phase === this.#phase && done < total && now < this.#next) return
    this.#phase = phase
    this.#next = now + PAUSE
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
