/** One change of a state at a time: of two that begin with the same state, one would be lost. */
import { KernelError } from '@ukernels/runtime'

export class Exclusive {
  #busy = false

  /** @throws KernelError ERR_UKERNELS_BUSY while another change is under way */
  check(what: string): void {
    if (this.#busy) throw new KernelError('ERR_UKERNELS_BUSY', `${what} must wait for the fit that is under way`)
  }

  async run<R>(what: string, work: () => Promise<R>): Promise<R> {
    this.check(what)
    this.#busy = true
    try {
      return await work()
    } finally {
      this.#busy = false
    }
  }
}
