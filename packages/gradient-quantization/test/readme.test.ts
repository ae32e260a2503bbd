/** The examples of the README run as printed; the first one also runs installed, in pack.test.ts. */
import { readFileSync } from 'node:fs'
import * as api from '@ukernels/gradient-quantization'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, expect, it } from 'vitest'

const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...text.matchAll(/^### (.*)\n[\s\S]*?```ts\n([\s\S]*?)^```/gm)].map(([, title, code]) => ({
  title,
  code,
}))
const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<void>

let k: api.GradientQuantizationKernel
beforeAll(async () => {
  k = await api.load()
})
afterAll(() => k.dispose())

it('has examples', () => expect(examples.length).toBe(6))

it.each(examples)('$title', async ({ code }) => {
  const gradient = gradients(768 * 4, 1)
  const sent: Uint8Array[] = []
  const names = {
    ...api,
    k,
    gradient,
    weights: gradient,
    first: gradient.subarray(0, 1000),
    second: gradient.subarray(1000),
    sum: new Float32Array(gradient.length),
    sigmaLog2: 3,
    step: 1,
    socket: { send: (bytes: Uint8Array) => sent.push(bytes) },
    received: api.toBytes(k.encode(gradient, api.formats.e2m1fn)),
  }
  await new AsyncFunction(...Object.keys(names), `{ ${code} }`)(...Object.values(names))
  expect(sent.length).toBe(code.includes('send') ? 1 : 0)
})
