// A page's script: what the tests call in it.

import { createWasmBackend } from '@ukernels/runtime'
import { subject } from '#subject'
import { sha256 } from '../../../packages/test-kit/dist/digest.js'
import { runDigests } from '../../../packages/test-kit/dist/digests.js'

const compile = async () => WebAssembly.compile(await (await fetch('kernel.wasm')).arrayBuffer())

globalThis.ukernels = {
  /** All digests, on the page's thread. */
  async run() {
    const reference = createWasmBackend(subject.abi, await compile())
    return runDigests(subject, { load: {}, backends: new Map([['wasm', reference]]), reference, sha256 })
  },
  /** All digests in a worker, which is sent the compiled module. */
  async runInWorker() {
    const worker = new Worker('worker.js', { type: 'module' })
    const report = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data.report))
      worker.onerror = ({ message }) => reject(new Error(message))
      compile().then((module) => worker.postMessage(module), reject)
    })
    worker.terminate()
    return report
  },
  /** Loads, and tells how it failed. */
  async load() {
    try {
      const kernel = await subject.load()
      return { backend: kernel.backend }
    } catch ({ name, code, message, attempts }) {
      return { name, code, message, attempts }
    }
  },
}
