/** Fits to streams hold what they need and not the images, however many there are. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { kinds } from './backends.js'

const program = fileURLToPath(new URL('./fixtures/streams.mjs', import.meta.url))

describe.each(kinds)('streams: $label', ({ label }) => {
  it('of 9 MB hold no more at their end than at their beginning', { timeout: 120_000 }, () => {
    const backend = label === 'wasm' ? 'wasm' : 'native'
    const printed = execFileSync(process.execPath, ['--expose-gc', program, backend], { encoding: 'utf8' })
    const held = Object.entries<number[]>(JSON.parse(printed))
    expect(held.length).toBe(5)
    for (const [name, megabytes] of held) {
      expect(megabytes.length).toBe(5)
      // An image has 0.25 MB; small feature maps come and go by 32.
      expect(Math.max(...megabytes) - Math.min(...megabytes), `${name}: ${megabytes}`).toBeLessThan(2)
    }
  })
})
