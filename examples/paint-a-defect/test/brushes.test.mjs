import { describe, expect, it } from 'vitest'
import { loadTexture } from '../../showcase/anomaly-energy/textures.mjs'
import { demonstrate, radii, stroke, touch } from '../brushes.mjs'
import { columns, Inspector } from '../inspector.mjs'

const wall = loadTexture('brick')
const clean = columns(wall, 256, 512)
const copy = () => ({ ...clean, data: clean.data.slice() })
const same = (a, b) => a.every((value, i) => value === b[i])
/** Indices of the pixels that differ. */
const changed = ({ data }) => [...data.keys()].filter((i) => data[i] !== clean.data[i])

it('cuts columns out of a picture', () => {
  expect([clean.width, clean.height, clean.data.length]).toEqual([256, 512, 256 * 512])
  expect([clean.data[0], clean.data[256]]).toEqual([wall.data[256], wall.data[512 + 256]])
})

describe.each(/** @type {const} */ (['scratch', 'stain', 'blur', 'swap']))('%s', (brush) => {
  it('changes pixels within its radius, into gray values', () => {
    const painted = copy()
    touch(brush, painted, clean, 100, 200)
    const pixels = changed(painted)
    expect(pixels.length).toBeGreaterThan(3)
    for (const i of pixels) {
      expect(Math.hypot((i % 256) - 100, Math.floor(i / 256) - 200)).toBeLessThan(radii[brush])
      expect(painted.data[i] >= 0 && painted.data[i] <= 1).toBe(true)
    }
  })

  it('is the same when repeated', () => {
    const [once, twice] = [copy(), copy()]
    stroke(brush, once, clean, [50, 50], [80, 70])
    for (let k = 0; k < 2; k++) stroke(brush, twice, clean, [50, 50], [80, 70])
    expect(same(twice.data, once.data)).toBe(true)
  })

  it('stops at the edges', () => {
    const painted = copy()
    stroke(brush, painted, clean, [-3, -3], [259, 515])
    expect(painted.data).toHaveLength(clean.data.length)
    expect(changed(painted).length).toBeGreaterThan(0)
  })
})

it('scratches without gaps', () => {
  const painted = copy()
  stroke('scratch', painted, clean, [20, 30], [60, 30])
  for (let x = 20; x <= 60; x++) expect(painted.data[30 * 256 + x]).toBeGreaterThan(clean.data[30 * 256 + x])
})

describe('the inspector', () => {
  it('marks what was painted, and little else', async () => {
    const progress = []
    const inspector = await Inspector.fit(columns(wall, 0, 256), (share) => progress.push(share))
    const painted = copy()
    demonstrate(painted, clean)
    const rate = 0.001
    const marked = (picture) => [...inspector.inspect(picture, { sigma: 2, weight: 1 }).p].map((p) => p <= rate)
    const found = marked(painted)
    // On both scratches.
    for (const [x, y] of [
      [67, 89],
      [190, 408],
    ])
      expect(found[y * 256 + x]).toBe(true)
    const before = marked(clean)
    expect(before.filter(Boolean).length / before.length).toBeLessThan(0.005)
    expect(progress.at(-1)).toBe(1)
    inspector.kernel.dispose()
  })

  it('sees a blurred patch with both tails alone', async () => {
    const inspector = await Inspector.fit(columns(wall, 0, 256), () => {})
    const painted = copy()
    touch('blur', painted, clean, 190, 300)
    const [upper, both] = [1, 0.5].map((weight) => inspector.inspect(painted, { sigma: 2, weight }).p[300 * 256 + 190])
    expect(upper).toBeGreaterThan(0.9)
    expect(both).toBeLessThan(0.01)
    inspector.kernel.dispose()
  })

  it('has another distribution for another blur', async () => {
    const inspector = await Inspector.fit(columns(wall, 0, 256), () => {})
    const [a, b, again] = [1, 3, 1].map((sigma) => inspector.inspect(clean, { sigma, weight: 1 }).p)
    expect([same(a, b), same(a, again)]).toEqual([false, true])
    inspector.kernel.dispose()
  })
})
