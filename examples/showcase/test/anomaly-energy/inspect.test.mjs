import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { runPlan } from '../../anomaly-energy/index.mjs'
import { leftHalf, loadTexture } from '../../anomaly-energy/textures.mjs'

const plan = { seed: 0, calibration: 99, good: 10, perKind: 2, classes: [], iterations: 2 }

it.each([
  ['brick', '664a145c5253f0d6'],
  ['gravel', '3d51ad45f789cd8b'],
])('reads the pixels of %s as other decoders do', (name, digest) => {
  const { width, height, data } = loadTexture(/** @type {'brick' | 'gravel'} */ (name))
  expect([width, height]).toEqual([512, 512])
  const bytes = Uint8Array.from(data, (value) => Math.round(255 * value))
  expect(createHash('sha256').update(bytes).digest('hex').slice(0, 16)).toBe(digest)
})

it('takes the left half', () => {
  const { data, width } = loadTexture('brick')
  const left = leftHalf({ data, width, height: 512 })
  expect(left.shape).toEqual([1, 1, 512, 256])
  expect([left.data[255], left.data[256], left.data.at(-1)]).toEqual([data[255], data[512], data[511 * 512 + 255]])
})

describe('a small plan', () => {
  let outcome
  let inspection
  let judged
  beforeAll(async () => {
    outcome = await runPlan(plan, (_, found, __, networks) => {
      inspection = found
      judged = networks
      return []
    })
  }, 120_000)

  it('agrees on all backends', () => {
    expect(outcome.ok).toBe(true)
  })

  it('gives the bits of the exact rows on every engine', () => {
    const of = (task) => inspection.findings.find((finding) => finding.task.startsWith(task)).bits.slice(0, 16)
    expect([of('fit'), of('map of the whole wall')]).toEqual(['3434d27871490d7a', 'b622604ea19ac0e3'])
  })

  it('learns the filter of the closed form', () => {
    const { kappa, taps } = inspection.filter
    expect(taps).toBe(13)
    expect(kappa[84] / 237_495.51).toBeCloseTo(1, 5)
    expect(kappa.reduce((a, b) => a + b, 0)).toBeCloseTo(211.33, 0)
  })

  it('sees scratches and noise in any crop', () => {
    for (const kind of ['scratch', 'noise']) expect(inspection.kinds.find((of) => of.kind === kind).image).toBe(1)
  })

  it('shows one crop of every kind, with a p-value', () => {
    expect(inspection.crops.map(({ kind }) => kind)).toEqual(['scratch', 'stain', 'blur', 'swap', 'noise', 'shuffle'])
    for (const { p, mask } of inspection.crops) {
      expect(p).toBeGreaterThanOrEqual(0.01)
      expect(mask.some((v) => v === 1)).toBe(true)
    }
  })

  it('trains the network and judges it before and after', () => {
    expect(judged.map(({ iteration }) => iteration)).toEqual([0, 2])
    expect(judged[0].gL2).not.toBe(judged[1].gL2)
  })

  it('writes a table and a section with every picture', () => {
    expect(outcome.table.rows).toHaveLength(13)
    for (const row of outcome.table.rows) expect(row).toHaveLength(outcome.table.columns.length)
    expect(outcome.html.match(/<img [^>]*src="data:image\/png/g)).toHaveLength(6 * 5 + 1)
    expect(outcome.html).not.toMatch(/NaN|undefined|Infinity/)
  })
})
