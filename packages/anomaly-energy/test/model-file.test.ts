import { FormatError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { readModel, writeModel } from '../src/model-file.js'
import { kinds } from './backends.js'
import { mutate, sampleFiles } from './model-fuzz.js'
import { expectError } from './support.js'

describe('model files', () => {
  const file = {
    kind: 'test',
    settings: { a: 1, text: 'ü' },
    tensors: {
      x: { data: Float32Array.of(1, 2, 3), shape: [3] },
      none: { data: new Float64Array(0), shape: [0, 4] },
      y: { data: Uint8Array.of(7), shape: [1, 1] },
    },
  }

  it('are read as they were written, from any offset', () => {
    const bytes = writeModel(file)
    expect(readModel(bytes)).toEqual(file)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(readModel(shifted.subarray(3))).toEqual(file)
    const asNodeGives = 'Buffer' in globalThis ? Buffer.from(shifted) : shifted
    expect(readModel(asNodeGives.subarray(3))).toEqual(file)
    expect(String.fromCharCode(...bytes.subarray(0, 4))).toBe('UKAE')
  })

  it('refuse every flipped bit and every cut', () => {
    const bytes = writeModel(file)
    for (let at = 0; at < bytes.length; at++) {
      const wrong = bytes.slice()
      wrong[at] ^= 1 << (at % 8)
      expect(() => readModel(wrong), `bit of byte ${at}`).toThrow(FormatError)
      expect(() => readModel(bytes.subarray(0, at)), `cut at ${at}`).toThrow(FormatError)
    }
    const newer = bytes.slice()
    newer[4] = 2
    expectError(() => readModel(newer), FormatError, 'VERSION', 'version must be 1, got 2')
  })
})

describe.each(kinds)('model files: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it('2,000 mutations give a model or a FormatError', async () => {
    const { accepted, refused } = mutate(k, await sampleFiles(k), 2000, 5)
    expect(accepted).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(1000)
  })
})
