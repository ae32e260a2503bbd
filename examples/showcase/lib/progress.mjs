/**
 * Progress of work that runs in one or more lanes: one line that is redrawn on a terminal, a line for everything that
 * is finished elsewhere.
 */

const REDRAW_MS = 100
const BAR = 16

/** @typedef {{ share: number, text: string }} State */

export class Progress {
  /** @type {Map<string, State>} */
  #lanes = new Map()
  #drawn = 0

  /** @param {string} label @param {Pick<import('node:tty').WriteStream, 'isTTY' | 'columns' | 'write'>} [stream] */
  constructor(label, stream = process.stderr) {
    this.label = label
    this.stream = stream
    this.began = performance.now()
  }

  /** @param {string} name */
  lane(name) {
    this.#lanes.set(name, { share: 0, text: 'starting' })
    return new Lane(name, (state, finished) => this.#show(name, state, finished))
  }

  /** @param {string} name @param {State} state @param {boolean} finished */
  #show(name, state, finished) {
    this.#lanes.set(name, state)
    if (!this.stream.isTTY) {
      if (finished) this.stream.write(`${this.label}  ${this.#percent()}  ${name}  ${state.text}\n`)
      return
    }
    const now = performance.now()
    if (!finished && now - this.#drawn < REDRAW_MS) return
    this.#drawn = now
    const lanes = [...this.#lanes].map(([lane, { text }]) => `${lane}: ${text}`).join(' · ')
    const line = `${this.label} ${this.#bar()} ${this.#percent()}  ${lanes}`
    this.stream.write(`\r\x1b[2K${line.slice(0, (this.stream.columns || 80) - 1)}`)
  }

  /** Removes the line. */
  end() {
    if (this.stream.isTTY) this.stream.write('\r\x1b[2K')
  }

  #share() {
    let sum = 0
    for (const { share } of this.#lanes.values()) sum += share
    return sum / Math.max(1, this.#lanes.size)
  }

  #percent() {
    return `${String(Math.floor(100 * this.#share())).padStart(3)} %`
  }

  #bar() {
    const full = Math.round(BAR * this.#share())
    return '█'.repeat(full) + '░'.repeat(BAR - full)
  }
}

export class Lane {
  #show

  /** @param {string} name @param {(state: State, finished: boolean) => void} show */
  constructor(name, show) {
    this.name = name
    this.#show = show
  }

  /** @param {number} share of the lane's work, 0 to 1 @param {string} text what it is doing */
  update(share, text) {
    this.#show({ share, text }, false)
  }

  /**
   * The same after a piece of work; printed also where there is no terminal.
   *
   * @param {number} share
   * @param {string} text
   */
  done(share, text) {
    this.#show({ share, text }, true)
  }
}
