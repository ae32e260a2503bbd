import type { Abi } from './abi.js'
import { AttemptError, causeOf, messageOf, messageWithCause } from './attempts.js'
import type { Backend } from './backend.js'
import { builtin, wasmSupport } from './environment.js'
import { found, typeError } from './errors.js'
import { createWasmBackend } from './wasm-backend.js'

/** Where a kernel's WebAssembly may come from: compiled, on its way, somewhere, or its bytes. */
export type WasmSource = WebAssembly.Module | Response | URL | ArrayBuffer | ArrayBufferView

// By tag and not instanceof: any of these may come from another realm.
const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)
// No type guard: to TypeScript a Module is any object, so that nothing would be left for the others.
const isModule = (value: unknown): boolean => tagOf(value) === 'WebAssembly.Module'
const isBuffer = (value: unknown): value is ArrayBuffer => /^(Shared)?ArrayBuffer$/.test(tagOf(value))
const isBytes = (value: unknown): value is ArrayBuffer | ArrayBufferView => ArrayBuffer.isView(value) || isBuffer(value)
const isUrl = (value: unknown): value is URL => tagOf(value) === 'URL'
const isResponse = (value: unknown): value is Response => tagOf(value) === 'Response'

/** Throws TypeError unless the `wasm` option is something to load from. */
export function checkWasmSource(value: unknown): asserts value is WasmSource | undefined {
  if (value === undefined || isModule(value) || isBytes(value) || isUrl(value) || isResponse(value)) return
  const hint = value instanceof Promise ? ' (await it first)' : typeof value === 'string' ? ' (make it a URL)' : ''
  throw typeError(`wasm must be a WebAssembly.Module, a Response, a URL or bytes, got ${found(value)}${hint}`)
}

/** The source as the list of attempts names it. */
export function describeSource(source: WasmSource | undefined): string {
  if (source === undefined) return 'carried by the package'
  if (isModule(source)) return 'given as a module'
  if (isUrl(source)) return source.href
  if (isResponse(source)) return source.url || 'given as a response'
  return 'given as bytes'
}

/** Two sources that load the same: the same object, or URLs of the same address. */
export const sameSource = (a: WasmSource | undefined, b: WasmSource | undefined): boolean =>
  a === b || (isUrl(a) && isUrl(b) && a.href === b.href)

function checkSupport(): void {
  const support = wasmSupport()
  if (support === 'none') throw new AttemptError('NO_WASM', 'there is no WebAssembly in this runtime')
  if (support === 'no-simd') throw new AttemptError('NO_SIMD', 'WebAssembly has no 128-bit SIMD in this runtime')
}

/** Compiling refuses shared memory, and memory that may be resized under it. */
function ownBytes(source: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
  return tagOf(view.buffer) === 'ArrayBuffer' ? (view as Uint8Array<ArrayBuffer>) : view.slice()
}

async function bytesOfUrl(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const fs = url.protocol === 'file:' ? builtin<typeof import('node:fs')>('node:fs') : undefined
  return fs ? new Uint8Array(await fs.promises.readFile(url)) : bytesOfResponse(await fetch(url))
}

async function bytesOfResponse(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.ok)
    throw new AttemptError(
      'FETCH',
      `${response.url || 'the response'}: HTTP ${response.status} ${response.statusText}`.trim(),
    )
  return new Uint8Array(await response.arrayBuffer())
}

async function fetchBytes(source: Response | URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await (isUrl(source) ? bytesOfUrl(source) : bytesOfResponse(source))
  } catch (error) {
    if (error instanceof AttemptError || causeOf(error) === 'PERMISSION') throw error
    throw new AttemptError('FETCH', messageWithCause(error))
  }
}

type Carried = () => Promise<{ default: WebAssembly.Module | Uint8Array }>

/** What the package carries, from a file of its own that is imported only now. */
async function loadCarried(carried: Carried): Promise<WebAssembly.Module | Uint8Array> {
  try {
    return (await carried()).default
  } catch (error) {
    if (causeOf(error) === 'PERMISSION' || causeOf(error) === 'CSP') throw error
    throw new AttemptError('NO_MODULE', messageOf(error))
  }
}

/** Compiles the source, or what the package carries. */
export async function compile(source: WasmSource | undefined, carried: Carried): Promise<WebAssembly.Module> {
  checkSupport()
  if (source === undefined) return compileCarried(await loadCarried(carried))
  if (isModule(source)) return source as WebAssembly.Module
  return WebAssembly.compile(isBytes(source) ? ownBytes(source) : await fetchBytes(source as Response | URL))
}

async function compileCarried(given: WebAssembly.Module | Uint8Array): Promise<WebAssembly.Module> {
  if (isModule(given)) return given as WebAssembly.Module
  try {
    return await WebAssembly.compile(ownBytes(given as Uint8Array))
  } catch (error) {
    // The caller gave no bytes: those of the package's file are damaged.
    throw causeOf(error) === 'BAD_WASM' ? new AttemptError('NO_MODULE', messageOf(error)) : error
  }
}

/** The same at once, from a module or bytes. */
export function compileNow(source: WasmSource | undefined): WebAssembly.Module {
  checkSupport()
  if (isModule(source)) return source as WebAssembly.Module
  if (isBytes(source)) return new WebAssembly.Module(ownBytes(source))
  throw new AttemptError('ASYNC_ONLY', 'loadSync needs the wasm option: a WebAssembly.Module or bytes')
}

/** The backend of a compiled module. @throws AttemptError when it is not this kernel's */
export function openWasm<A extends Abi>(abi: A, module: WebAssembly.Module): Backend<A> {
  try {
    return createWasmBackend(abi, module)
  } catch (error) {
    throw error instanceof TypeError ? new AttemptError('ABI', error.message) : error
  }
}
