import { below, normalPair, Philox, type Seed, unit32 } from '@ukernels/runtime'

/** A stream of draws: crop i of a purpose has stream i. */
export class Draws {
  readonly #random: Philox
  readonly #stream: number
  readonly #tag: number
  #at = 0

  constructor(seed: Seed, stream: number, tag: number) {
    this.#random = new Philox(seed)
    this.#stream = stream
    this.#tag = tag
  }

  word(): number {
    return this.#random.word(this.#at++, { stream: this.#stream, tag: this.#tag })
  }
  /** Uniform in [lo, hi). */
  uniform(lo: number, hi: number): number {
    return lo + (hi - lo) * unit32(this.word())
  }
  /** Integer in [0, n). */
  below(n: number): number {
    return below(this.word(), n)
  }
  /** Standard normal. */
  normal(): number {
    return normalPair(this.word(), this.word())[0]
  }
}
