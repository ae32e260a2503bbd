/** Every golden of spec/gradient-quantization on every backend. */
import { readdirSync, readFileSync } from 'node:fs'
import type { GradientQuantizationKernel } from '@ukernels/gradient-quantization'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { goldens } from './goldens.js'
import { sha256 } from './support.js'

const folder = new URL('../../../spec/gradient-quantization/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const spec = Object.fromEntries(
  files.map((name) => [name.replace(/\.json$/, ''), JSON.parse(readFileSync(new URL(name, folder), 'utf8'))]),
)

it('has goldens', () => expect(spec.encode.cases.length).toBeGreaterThan(190))

describe.each(backends)('goldens: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each(Object.entries(goldens))('%s', (_, differences) => {
    expect(differences(k, { spec, sha256 })).toEqual([])
  })
})
