/** Choosing and loading a kernel's backend. */
import type { Abi } from './abi.js'
import { type AttemptCode, AttemptError, causeOf, type LoadContext, loadError, messageOf } from './attempts.js'
import type { Backend } from './backend.js'
import { availableCores, debug, environmentChoices, nodeProcess } from './environment.js'
import { type Attempt, found, KernelTypeError, list, rangeError, typeError } from './errors.js'
import type { Kernel, KernelInfo } from './kernel.js'
import { nativeTarget } from './libc.js'
import { checkNativeFile } from './native-file.js'
import { openNative, requireFile } from './open-native.js'
import {
  checkWasmSource,
  compile,
  compileNow,
  describeSource,
  openWasm,
  sameSource,
  type WasmSource,
} from './open-wasm.js'

export interface LoadOptions {
  /**
   * Which core to use. `'auto'` takes native where it loads, else wasm; `'native'` and `'wasm'` never fall back.
   * Default: `UKERNELS_<KERNEL>_BACKEND`, else `UKERNELS_BACKEND`, else `'auto'`.
   */
  backend?: 'auto' | 'native' | 'wasm'
  /** Threads that native calls may use, 1 to 1024; wasm runs on the calling thread. */
  threads?: number
  /** The kernel's WebAssembly, instead of the copy that the package carries: compiled, a response, a URL or bytes. */
  wasm?: WasmSource
}

/** What a kernel says about itself to be loaded. */
export interface LoaderDefinition<A extends Abi, K extends Kernel> {
  /** As in `@ukernels/<name>`. */
  name: string
  /** Of the package; an addon of another version is refused. */
  version: string
  abi: A
  /** Default export of `#native`: gives the addon for a target, after `check` has seen its file, or throws. */
  native: (target: string, check: (path: string) => void) => unknown
  /** `() => import('#wasm')`. */
  wasm: () => Promise<{ default: WebAssembly.Module | Uint8Array }>
  /** Threads when the caller doesn't say; default 1. */
  defaultThreads?: (cores: number) => number
  /** Runs something whose result bits are known, in microseconds. */
  selfTest: (backend: Backend<A>) => boolean
  create: (backend: Backend<A>, info: KernelInfo) => K
}

export interface Loader<K extends Kernel> {
  load: (options?: LoadOptions) => Promise<K>
  loadSync: (options?: LoadOptions) => K
}

/** A load request with every default and environment variable settled. */
interface Plan {
  backend: 'auto' | 'native' | 'wasm'
  /** Who chose, for messages; undefined for `'auto'`. */
  chosenBy: string | undefined
  threads: number
  isa: string | undefined
  nativePath: string | undefined
  wasm: WasmSource | undefined
}

const backends = ['auto', 'native', 'wasm'] as const
const MAX_THREADS = 1024

function chooseBackend(
  option: unknown,
  choices: ReturnType<typeof environmentChoices>,
): Pick<Plan, 'backend' | 'chosenBy'> {
  const asked = option === undefined ? choices.backend : { variable: 'backend', value: option }
  const { variable: name, value } = asked ?? { variable: 'backend', value: 'auto' }
  const backend = backends.find((allowed) => allowed === value)
  if (!backend) throw typeError(`${name} must be one of ${list(backends)}, got ${found(value)}`)
  if (backend !== 'auto')
    return { backend, chosenBy: name === 'backend' ? `backend: '${backend}'` : `${name}=${backend}` }
  // Naming a file is a choice too: falling back would hide that it didn't load.
  return choices.nativePath
    ? { backend: 'native', chosenBy: choices.nativePath.variable }
    : { backend, chosenBy: undefined }
}

function planLoad(name: string, options: LoadOptions, defaultThreads: (cores: number) => number): Plan {
  if (typeof options !== 'object' || options === null)
    throw typeError(`options must be an object, got ${found(options)}`)
  const { threads = defaultThreads(availableCores()), wasm } = options
  if (typeof threads !== 'number') throw typeError(`threads must be a number, got ${found(threads)}`)
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS)
    throw rangeError(`threads must be an integer from 1 to ${MAX_THREADS}, got ${threads}`)
  checkWasmSource(wasm)
  const choices = environmentChoices(name)
  const choice = chooseBackend(options.backend, choices)
  return { ...choice, threads, isa: choices.isa, nativePath: choices.nativePath?.value, wasm }
}

const samePlan = (a: Plan, b: Plan): boolean =>
  a.backend === b.backend &&
  a.threads === b.threads &&
  a.isa === b.isa &&
  a.nativePath === b.nativePath &&
  sameSource(a.wasm, b.wasm)

/** One load under way: tries backends, and remembers why they failed. */
class Loading<A extends Abi, K extends Kernel> {
  readonly #definition: LoaderDefinition<A, K>
  readonly #plan: Plan
  readonly #target = nativeTarget()
  readonly #attempts: Attempt[] = []
  readonly #forget: () => void
  #cause: unknown

  constructor(definition: LoaderDefinition<A, K>, plan: Plan, forget: () => void) {
    this.#definition = definition
    this.#plan = plan
    this.#forget = forget
  }

  async run(): Promise<K> {
    const native = this.#native()
    if (native) return native
    const { wasm } = this.#definition
    const module = this.#wants('wasm') && (await this.#compile(() => compile(this.#plan.wasm, wasm)))
    return (module && this.#wasm(module)) || this.#fail()
  }

  runNow(): K {
    const native = this.#native()
    if (native) return native
    const module = this.#wants('wasm') && this.#try('wasm', this.#wasmSource, () => compileNow(this.#plan.wasm))
    return (module && this.#wasm(module)) || this.#fail()
  }

  #wants(backend: 'native' | 'wasm'): boolean {
    return this.#plan.backend === backend || this.#plan.backend === 'auto'
  }

  get #wasmSource(): string {
    return describeSource(this.#plan.wasm)
  }

  #native(): K | undefined {
    if (!this.#wants('native')) return undefined
    const { abi, version, native } = this.#definition
    const { nativePath } = this.#plan
    const source = nativePath ?? (this.#target ? `prebuilds/${this.#target}.node` : 'no file for this platform')
    return this.#try('native', source, () => {
      const addon =
        nativePath === undefined ? native(this.#target ?? 'no platform', checkNativeFile) : requireFile(nativePath)
      return this.#create(openNative(abi, addon, { ...this.#plan, version }), this.#target ?? 'unknown')
    })
  }

  #wasm(module: WebAssembly.Module): K | undefined {
    return this.#try('wasm', this.#wasmSource, () => this.#create(openWasm(this.#definition.abi, module), 'wasm32'))
  }

  async #compile(compileModule: () => Promise<WebAssembly.Module>): Promise<WebAssembly.Module | undefined> {
    try {
      return await compileModule()
    } catch (error) {
      this.#record('wasm', this.#wasmSource, error)
      return undefined
    }
  }

  #try<T>(backend: 'native' | 'wasm', source: string, open: () => T): T | undefined {
    try {
      return open()
    } catch (error) {
      // An argument or variable that is wrong itself says nothing about the backend.
      if (error instanceof KernelTypeError) throw error
      this.#record(backend, source, error)
      return undefined
    }
  }

  #create(backend: Backend<A>, target: string): K {
    const { name, version, selfTest, create } = this.#definition
    try {
      checkBits(selfTest, backend)
      const { isa, threads } = backend.info()
      const info: KernelInfo = { backend: backend.kind, target, isa, threads, version, passedOver: this.#attempts }
      debug(() => `${name} ${version}: loaded ${backend.kind} (${target}, ${isa}, threads: ${threads})`)
      const dispose = () => {
        this.#forget()
        backend.dispose()
      }
      return create({ ...backend, dispose }, info)
    } catch (error) {
      backend.dispose()
      throw error
    }
  }

  #record(backend: 'native' | 'wasm', source: string, error: unknown): void {
    const named = backend === 'native' && this.#plan.nativePath !== undefined
    const code: AttemptCode = causeOf(error, { permissions: nodeProcess()?.permission !== undefined, named })
    const attempt: Attempt = { backend, source, code, message: messageOf(error) }
    this.#attempts.push(attempt)
    this.#cause = error
    debug(
      () => `${this.#definition.name} ${this.#definition.version}: ${backend} (${source}): ${code}: ${attempt.message}`,
    )
  }

  #fail(): never {
    const { name, version } = this.#definition
    const context: LoadContext = { kernel: name, version, target: this.#target, chosenBy: this.#plan.chosenBy }
    throw loadError(this.#attempts, context, this.#cause)
  }
}

function checkBits<A extends Abi>(selfTest: (backend: Backend<A>) => boolean, backend: Backend<A>): void {
  let right: boolean
  try {
    right = selfTest(backend)
  } catch (error) {
    throw new AttemptError('SELF_TEST', `the self-test failed: ${messageOf(error)}`)
  }
  if (!right) throw new AttemptError('SELF_TEST', 'the self-test gave wrong bits')
}

/**
 * Makes a kernel's `load` and `loadSync`.
 *
 * Both give the same kernel for the same options and environment until it is disposed; a failed load is tried anew.
 * They throw (`load` rejects with) TypeError ERR_UKERNELS_TYPE for an unknown `backend`, `wasm` or UKERNELS_ISA,
 * RangeError ERR_UKERNELS_RANGE for `threads`, and KernelLoadError ERR_UKERNELS_LOAD, or ERR_UKERNELS_ABI when what was
 * found belongs to another version, with the attempts and what helps.
 */
export function defineLoader<A extends Abi, K extends Kernel>(definition: LoaderDefinition<A, K>): Loader<K> {
  const { name, defaultThreads = () => 1 } = definition
  let entries: { plan: Plan; promise: Promise<K>; kernel: K | undefined }[] = []
  const prepare = (options: LoadOptions) => {
    const plan = planLoad(name, options, defaultThreads)
    return { plan, known: entries.find((entry) => samePlan(entry.plan, plan)) }
  }
  const begin = (plan: Plan) => {
    const forget = () => {
      entries = entries.filter((entry) => entry.plan !== plan)
    }
    return { loading: new Loading(definition, plan, forget), forget }
  }

  function load(options: LoadOptions = {}): Promise<K> {
    try {
      const { plan, known } = prepare(options)
      if (known) return known.promise
      const { loading, forget } = begin(plan)
      const entry = { plan, kernel: undefined as K | undefined, promise: loading.run() }
      entries.push(entry)
      entry.promise.then((kernel) => {
        entry.kernel = kernel
      }, forget)
      return entry.promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  function loadSync(options: LoadOptions = {}): K {
    const { plan, known } = prepare(options)
    if (known?.kernel) return known.kernel
    const { loading } = begin(plan)
    const kernel = loading.runNow()
    entries = entries.filter((entry) => !samePlan(entry.plan, plan))
    entries.push({ plan, kernel, promise: Promise.resolve(kernel) })
    return kernel
  }

  return { load, loadSync }
}
