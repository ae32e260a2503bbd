/** Every golden of spec/anomaly-energy on every backend. */
import { readdirSync, readFileSync } from 'node:fs'
import type { AnomalyEnergyKernel } from '@ukernels/anomaly-energy'
import { sha256 } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { goldens } from './goldens.js'

const folder = new URL('../../../spec/anomaly-energy/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const spec = Object.fromEntries(
  files.map((name) => [name.replace(/\.json$/, ''), JSON.parse(readFileSync(new URL(name, folder), 'utf8'))]),
)

it('has goldens', () => expect(Object.keys(goldens).length).toBe(13))

describe.each(backends)('goldens: $label', ({ open }) => {
  let k: AnomalyEnergyKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each(Object.entries(goldens))('%s', async (_, differences) => {
    expect(await differences(k, { spec, sha256 })).toEqual([])
  })
})
