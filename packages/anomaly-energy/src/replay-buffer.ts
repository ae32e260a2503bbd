/** The replay buffer of Langevin chains: which slots a step takes, which start anew, how they are kept. */
import { allocate, below, Philox, type Seed, unit32 } from '@ukernels/runtime'

/** Purposes of words. Chain b of step t has counter (block, b, t, tag). */
export const TAGS = { noise: 1, reinit: 2, slots: 3, crops: 4, init: 5, dataNoise: 6, dequantize: 7 } as const
/** The step at which the buffer is filled. */
export const FILL_STEP = 2 ** 32 - 1

/**
 * Words of (chain, step) under a tag. The counter of the table's random rows is (e >>> 2, chain, step, tag); as a 64-bit
 * block that is chain · 2^32 + (e >>> 2) of stream `step`.
 */
export function wordsOf(seed: Seed, tag: number): (element: number, chain: number, step: number) => number {
  const random = new Philox(seed)
  return (element, chain, step) => random.word(chain * 2 ** 34 + element, { stream: step, tag })
}

export class ReplayBuffer {
  /** Numbers of a chain. */
  readonly size: number
  readonly #range: readonly [number, number]
  readonly #data: Float32Array | Uint8Array
  /** Step at which the chain in a slot started. */
  readonly born: Float64Array
  readonly #seed: Seed

  constructor(slots: number, size: number, storage: 'f32' | 'u8', range: readonly [number, number], seed: Seed) {
    this.size = size
    this.#range = range
    this.#seed = seed
    this.born = new Float64Array(slots)
    this.#data = storage === 'u8' ? allocate(Uint8Array, slots * size) : allocate(Float32Array, slots * size)
  }

  get slots(): number {
    return this.born.length
  }
  /** What the slots hold, for checkpoints. */
  get data(): Float32Array | Uint8Array {
    return this.#data
  }

  /**
   * `count` distinct slots of a step: the first of a Fisher–Yates shuffle whose draw b is word b of
   * (chain 0, step, slots); chain b starts anew when word count + b, as unit32, is below `reinit`.
   */
  choose(count: number, step: number, reinit: number): { slots: number[]; anew: boolean[] } {
    const word = wordsOf(this.#seed, TAGS.slots)
    const moved = new Map<number, number>()
    const slots: number[] = []
    for (let b = 0; b < count; b++) {
      const j = b + below(word(b, 0, step), this.slots - b)
      slots.push(moved.get(j) ?? j)
      moved.set(j, moved.get(b) ?? b)
    }
    return { slots, anew: slots.map((_, b) => unit32(word(count + b, 0, step)) < reinit) }
  }

  /** Whether chains are kept as bytes: reading one takes a random number in [0, 1) per element. */
  get quantized(): boolean {
    return this.#data instanceof Uint8Array
  }

  /** Copies the chain of a slot out. Bytes q become lo + (q + u) / 256 · (hi − lo); `to` holds the u. */
  read(slot: number, to: Float32Array): void {
    const stored = this.#data.subarray(slot * this.size, (slot + 1) * this.size)
    if (stored instanceof Float32Array) {
      to.set(stored)
      return
    }
    const [lo, hi] = this.#range
    for (let e = 0; e < this.size; e++) to[e] = lo + ((stored[e] + to[e]) / 256) * (hi - lo)
  }

  write(slot: number, from: Float32Array): void {
    const at = slot * this.size
    if (this.#data instanceof Float32Array) {
      this.#data.set(from, at)
      return
    }
    const [lo, hi] = this.#range
    for (let e = 0; e < this.size; e++) {
      const level = Math.floor(((from[e] - lo) / (hi - lo)) * 256)
      this.#data[at + e] = Math.max(0, Math.min(255, level))
    }
  }
}
