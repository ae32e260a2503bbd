/** What all models share. */
import { found, integer, rangeError, typeError } from '@ukernels/runtime'
import { disposedError } from './errors.js'
import { Exclusive } from './exclusive.js'
import { type ModelFile, writeModel } from './model-file.js'
import type { KernelRunner, Steps } from './steps.js'

/** A fitted model. It belongs to the kernel that made it and works as long as that kernel does. */
export interface Model {
  /** `'patch-energy'`, `'conv-energy'`, `'gaussian'`, `'subspace'`, `'location-gaussian'`, `'memory-bank'`. */
  readonly kind: string
  /** The model as a file: magic UKAE, JSON header, 64-byte-aligned tensors, CRC-32. Loading it gives the same bits. */
  toBytes(): Uint8Array
  /** Makes room for calls on n inputs, images of h × w, so that the first of them costs what the later ones do. */
  reserve(n: number, h?: number, w?: number): void
  /** Lets go of the model's memory. Idempotent; later calls throw ERR_UKERNELS_DISPOSED. */
  dispose(): void
}

const MOST = 2 ** 32 - 1

/** Throws where a model of one kind is expected and something else given. */
export function checkInstance<T>(name: string, value: unknown, Type: abstract new (...args: never[]) => T): void {
  if (!(value instanceof Type)) throw typeError(`${name} must be a ${Type.name}, got ${found(value)}`)
}

/** The model to merge with another: of its kind, and not itself, whose data would count twice. */
export function checkOther<T>(self: T, other: unknown, Type: abstract new (...args: never[]) => T): void {
  checkInstance('other', other, Type)
  if (other === self) throw rangeError('other must be another model, got the model itself')
}

/** Base of the models: runner, life, bytes. */
export abstract class BaseModel implements Model {
  abstract readonly kind: string
  readonly #runner: KernelRunner
  #disposed = false

  constructor(runner: KernelRunner) {
    this.#runner = runner
  }

  /** The file's kind, settings and tensors. */
  protected abstract file(): ModelFile
  /** Fills caches for inputs of a size; models without caches do nothing. */
  protected prepare(_h: number, _w: number): void {}
  /** Drops what takes memory. */
  protected abstract release(): void

  toBytes(): Uint8Array {
    this.live()
    return writeModel(this.file())
  }

  reserve(n: number, h?: number, w?: number): void {
    this.live()
    integer('n', n, 0, MOST)
    if (h === undefined && w === undefined) return
    this.prepare(integer('h', h, 1, MOST), integer('w', w, 1, MOST))
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.release()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** @internal */
  protected live(): KernelRunner {
    if (this.#disposed) throw disposedError(this.kind)
    return this.#runner
  }

  /** Runs an operation at once. @internal */
  protected run<R>(operation: Steps<R>): R {
    return this.live().run(operation)
  }
}

/** Base of the models whose state is replaced as a whole by whatever is added to the fit. */
export abstract class FittedModel<State> extends BaseModel {
  #state: State | undefined
  readonly #exclusive = new Exclusive()

  constructor(runner: KernelRunner, state: State) {
    super(runner)
    this.#state = state
  }

  /** @internal */
  protected get state(): State {
    this.live()
    return this.#state as State
  }

  /** The state that another model is added to. @internal */
  protected get free(): State {
    this.#exclusive.check('merge')
    return this.state
  }

  /** @internal */
  protected change(state: State): void {
    this.#state = state
  }

  /** Changes the state to what `work` makes of it. @internal */
  protected async changeBy(work: (runner: KernelRunner) => Promise<State>): Promise<void> {
    const runner = this.live()
    const state = await this.#exclusive.run('partialFit', () => work(runner))
    this.live()
    this.change(state)
  }

  protected release(): void {
    this.#state = undefined
  }
}
