// A worker that is sent the compiled module and uses it.

import { createWasmBackend } from '@ukernels/runtime'
import { subject } from '#subject'
import { sha256 } from '../../../packages/test-kit/dist/digest.js'
import { runDigests } from '../../../packages/test-kit/dist/digests.js'

globalThis.onmessage = async ({ data: module }) => {
  try {
    const reference = createWasmBackend(subject.abi, module)
    const backends = new Map([['wasm', reference]])
    globalThis.postMessage({
      report: await runDigests(subject, { load: { wasm: module }, backends, reference, sha256 }),
    })
  } catch (error) {
    globalThis.postMessage({ error: String(error?.message ?? error) })
  }
}
