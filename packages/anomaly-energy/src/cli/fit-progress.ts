/** How far a fit is, as one line that only goes forward. */
import type { ProgressLine } from './progress.js'

/** Work after the last picture that takes its time; all else is over in a moment. */
const LATER: ReadonlySet<string> = new Set(['train', 'coreset', 'calibrate'])

/**
 * Pictures first: what the kernels do between two of them begins anew each time, and isn't shown. Then the stages that
 * come once.
 */
export class FitProgress {
  readonly #line: ProgressLine
  #reading = true
  #stage = ''
  #done = 0

  constructor(line: ProgressLine) {
    this.#line = line
  }

  /** Before each picture, and with done = total after the last. */
  picture(done: number, total: number): void {
    this.#reading = done < total
    this.#show('pictures', done, total)
  }

  /** What the kernels report. */
  readonly stage = ({ phase, done, total }: { phase: string; done: number; total: number }): void => {
    if (!this.#reading && LATER.has(phase)) this.#show(phase, done, total)
  }

  #show(stage: string, done: number, total: number): void {
    if (stage === this.#stage && done < this.#done) return
    this.#stage = stage
    this.#done = done
    this.#line.show(stage, done, total)
  }
}
