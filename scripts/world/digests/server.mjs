// Runs a kernel's digests in Node, Bun or Deno and prints the report as JSON.
//
//   <runtime> server.mjs native|wasm <folder of the kernel's package>
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { checkNativeFile, createNativeBackend, createWasmBackend, nativeTarget } from '@ukernels/runtime'
import { kernelName, subject } from '#subject'
import { runDigests } from '../../../packages/test-kit/dist/digests.js'

const [backend, folder] = process.argv.slice(2)
const require = createRequire(join(folder, 'package.json'))

/** The package's addon, or the one that the environment names, as `load` takes it. */
function addon() {
  const named = process.env[`UKERNELS_${kernelName.toUpperCase().replaceAll('-', '_')}_NATIVE_PATH`]
  return named ? require(named) : require(join(folder, 'native.cjs'))(nativeTarget(), checkNativeFile)
}

const bytes = readFileSync(join(folder, 'dist', `${kernelName}.wasm`))
const reference = createWasmBackend(subject.abi, new WebAssembly.Module(bytes))

/** Every instruction set that the machine has, or the module. */
function backends() {
  const { abi } = subject
  if (backend === 'wasm') return new Map([['wasm', reference]])
  const loaded = addon()
  return new Map(loaded.isas.map((isa) => [isa, createNativeBackend(abi, loaded, { isa, threads: 2 })]))
}

const sha256 = (view) =>
  createHash('sha256')
    .update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    .digest('hex')
// The example chooses by the environment, as its reader may.
process.env.UKERNELS_BACKEND = backend
const report = await runDigests(subject, { load: { backend }, backends: backends(), reference, sha256 })
console.log(JSON.stringify(report))
// What else is open (threads of backends) must not keep the process.
process.exit(0)
