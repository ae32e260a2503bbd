/** 2^31 elements and more: indices are 64-bit numbers, and what doesn't fit is refused. Takes up to 16 GB. */
import { totalmem } from 'node:os'
import { NonFiniteError } from '@ukernels/runtime'
import { describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { expectError } from './support.js'

const K = 1024
const ROWS = 2 ** 21 + 3
const [H, W] = [2 ** 15, 2 ** 16]
const fits = totalmem() > 20 * 2 ** 30

describe.skipIf(!fits).each(kinds)(`$label${fits ? '' : ': takes 20 GB of memory'}`, ({ label, open }) => {
  it('free energies of 2^31 + 3072 logits', async () => {
    const k = await open()
    const logits = new Float32Array(ROWS * K)
    // One logit of the last row; the others are 0.
    logits[logits.length - 1] = 20
    const energy = k.freeEnergy(logits, K)
    expect(energy.length).toBe(ROWS)
    expect(energy[0]).toBeCloseTo(-Math.log(K), 5)
    expect(energy.subarray(0, ROWS - 1).every((v) => v === energy[0])).toBe(true)
    expect(energy[ROWS - 1]).toBeCloseTo(-Math.log(K - 1 + Math.exp(20)), 5)
    const at = logits.length - 5
    logits[at] = Number.NaN
    expectError(() => k.freeEnergy(logits, K), NonFiniteError, 'NON_FINITE', `[${at}]`)
    k.dispose()
  })

  it('regions of a mask of 2^31 pixels', async () => {
    const k = await open()
    const mask = new Uint8Array(H * W)
    mask[0] = 1
    mask.fill(1, mask.length - 2)
    if (label.startsWith('wasm')) expectError(() => k.metrics.components(mask, H, W), RangeError, 'TOO_LARGE', 'memory')
    else {
      const { labels, count } = k.metrics.components(mask, H, W)
      expect(count).toBe(2)
      expect([labels[0], labels[1], labels[H * W - 3], labels[H * W - 2], labels[H * W - 1]]).toEqual([1, 0, 0, 2, 2])
    }
    k.dispose()
  })
})
