// Sorting, ranking metrics, regions and calibration against definitions.
import { describe, expect, it } from 'vitest'
import { expectSame, type Loose, run, samplesOf } from './core.js'

const f = (text: string) => Float32Array.from(text.split(' '), Number)

function sorted(scores: Float32Array, descending: number) {
  const n = scores.length
  const sort = { scores, descending, steps: 4 * n, keys: new Uint32Array(2 * n), order: new Uint32Array(2 * n) }
  const { keys, order } = run('scoreSort', { ...sort, counts: new Uint32Array(6144) }).arrays as Record<
    string,
    Uint32Array
  >
  return { keys: keys.subarray(0, n), order: order.subarray(0, n) }
}

describe('scoreSort', () => {
  it('is stable in both directions', () => {
    for (const { scores, descending } of samplesOf('scoreSort') as Loose[]) {
      const { keys, order } = sorted(scores, descending)
      const expected = Uint32Array.from(scores.keys()).sort((a, b) => {
        const by = descending ? scores[b] - scores[a] : scores[a] - scores[b]
        return by || a - b
      })
      expectSame(order, expected)
      expect(keys.every((key, i) => i === 0 || key >= keys[i - 1])).toBe(true)
      expect(
        keys.every((key, i) => i === 0 || (key === keys[i - 1]) === (scores[order[i]] === scores[order[i - 1]])),
      ).toBe(true)
    }
  })
  it('refuses counts of other keys instead of writing elsewhere', () => {
    const sample = { scores: f('3 1 2'), descending: 0, steps: 12, keys: new Uint32Array(6), order: new Uint32Array(6) }
    expect(run('scoreSort', { ...sample, counts: new Uint32Array(6144).fill(7) }).status).toBe(-1)
    expect(run('scoreSort', { ...sample, steps: 16, counts: new Uint32Array(6144) }).status).toBe(-1)
  })
  it('takes any chunks of steps', () => {
    const scores = Float32Array.from({ length: 150000 }, (_, i) => Math.sin(i * i))
    const { order } = sorted(scores, 1)
    expectSame(
      order,
      Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b),
    )
  })
})

describe('classSort', () => {
  const classes = (scores: Float32Array, labels: Uint8Array, positives: number) => {
    const n = scores.length
    const room = { steps: 4 * n, keys: new Uint32Array(2 * n), counts: new Uint32Array(12288) }
    return run('classSort', { scores, labels, positives, ...room })
  }
  it('gives the keys of either class as scoreSort gives them', () => {
    for (const { scores, labels, positives } of samplesOf('classSort') as Loose[]) {
      const of = (hit: boolean) =>
        sorted(
          scores.filter((_: number, i: number) => (labels[i] !== 0) === hit),
          1,
        ).keys
      const keys = classes(scores, labels, positives).arrays.keys as Uint32Array
      expectSame(keys.subarray(0, positives), of(true))
      expectSame(keys.subarray(positives, scores.length), of(false))
    }
  })
  it('refuses counts of other keys instead of writing elsewhere', () => {
    const sample = { scores: f('3 1 2'), labels: Uint8Array.of(1, 0, 0), positives: 1, keys: new Uint32Array(6) }
    expect(run('classSort', { ...sample, steps: 12, counts: new Uint32Array(12288).fill(7) }).status).toBe(-1)
    expect(run('classSort', { ...sample, steps: 16, counts: new Uint32Array(12288) }).status).toBe(-1)
  })
})

describe('aucPass', () => {
  const metrics = (scores: Float32Array, labels: number[], tpr = 0.95) => {
    const of = (label: number) => scores.filter((_, i) => labels[i] === label)
    const keys = Uint32Array.of(...sorted(of(1), 1).keys, ...sorted(of(0), 1).keys)
    const { order, keys: all } = sorted(scores, 1)
    const positives = labels.reduce((a, b) => a + b)
    const n = labels.length
    const empty = { steps: n, counts: new BigUint64Array(6), sums: new Float64Array(2) }
    const { counts, sums } = run('aucPass', { keys, positives, tpr, ...empty }).arrays as {
      counts: BigUint64Array
      sums: Float64Array
    }
    const at = scores[order[all.indexOf(Number(counts[1]))]]
    const negatives = n - positives
    return [
      Number(counts[0]) / (2 * positives * negatives),
      sums[0] / positives,
      sums[1],
      at,
      Number(counts[2]) / negatives,
    ]
  }
  const close = (found: number[], expected: number[]) =>
    expected.forEach((v, i) => {
      expect(found[i]).toBeCloseTo(v, 9)
    })
  it('gives AUROC, AP, F1 and FPR at 95 % of the small examples', () => {
    const first = metrics(f('.1 .5 .5 .9 .5 .1'), [0, 0, 1, 1, 0, 1])
    close(first, [0.6111111111, 0.6666666667, 0.6666666667, Math.fround(0.1), 1])
    const second = metrics(f('3 3 1 4 4 4 0 2 2 -1 5 6'), [0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1])
    close(second, [0.7428571429, 0.6653968254, 0.7142857143, 2, 0.5714285714])
  })
  it('reaches a rate of 0 with the first group, and none that is out of reach', () => {
    const [scores, labels] = [f('5 4 3 2'), [0, 0, 1, 1]]
    expect(metrics(scores, labels, 0)[4]).toBe(0.5)
    expect(metrics(scores, labels, 0.5)[4]).toBe(1)
    expect(metrics(scores, labels, 1)[4]).toBe(1)
  })
  it('counts over chunks as one loop does', () => {
    for (const sample of samplesOf('aucPass')) {
      const { keys, positives, steps, tpr } = sample as Loose
      const counts = [0n, 0n, 0n, 0n, 0n, 0n]
      const sums = [0, 0]
      for (let [a, b] = [0, positives]; a < positives || b < steps; ) {
        const key = Math.min(a < positives ? keys[a] : Infinity, b < steps ? keys[b] : Infinity)
        let [tp, fp] = [0n, 0n]
        for (; a < positives && keys[a] === key; a++) tp++
        for (; b < steps && keys[b] === key; b++) fp++
        counts[0] += fp * (2n * counts[4] + tp)
        counts[4] += tp
        counts[5] += fp
        const [t, all] = [Number(counts[4]), Number(counts[4] + counts[5])]
        sums[0] += Number(tp) * (t / all)
        const f1 = (2 * t) / (all + positives)
        if (f1 > sums[1]) {
          sums[1] = f1
          counts[1] = BigInt(key)
        }
        if (counts[3] === 0n && t / positives >= tpr) {
          counts[3] = 1n
          counts[2] = counts[5]
        }
      }
      const { arrays } = run('aucPass', sample)
      expectSame(arrays.counts, BigUint64Array.from(counts))
      expectSame(arrays.sums, Float64Array.from(sums))
    }
  })
  it('refuses more positives than keys', () => {
    const empty = { steps: 2, counts: new BigUint64Array(6), sums: new Float64Array(2) }
    expect(run('aucPass', { keys: new Uint32Array(2), positives: 3, tpr: 0.5, ...empty }).status).toBe(-1)
  })
})

function proCurve({ keys, order, pixels, region, regions, shares, background, limit }: Loose) {
  const points: number[] = []
  let [fp, covered, lastFpr, lastPro, area] = [0, 0, 0, 0, 0]
  for (let i = 0; i < pixels; ) {
    const key = keys[i]
    for (; i < pixels && keys[i] === key; i++) {
      const k = region[order[i]]
      if (k === 0) fp++
      else covered += shares[k]
    }
    const [fpr, pro] = i === pixels ? [1, 1] : [fp / background, covered / regions]
    if (lastFpr < limit && fpr <= limit) area += ((fpr - lastFpr) * (pro + lastPro)) / 2
    else if (lastFpr < limit) {
      const at = lastPro + ((pro - lastPro) * (limit - lastFpr)) / (fpr - lastFpr)
      area += ((limit - lastFpr) * (at + lastPro)) / 2
    }
    ;[lastFpr, lastPro] = [fpr, pro]
    points.push(fpr, pro)
  }
  return { points, area, fp, covered }
}

const maps = f('9 8 1 0 7 5 0 0 0 0 2 6 0 3 0 4 0 0 1 1 0 2 2 0 0 0 0 0 5 0 0 0')
const masks = Uint8Array.from('1100110000010010'.concat('0000001000000000'), Number)

describe('proPass', () => {
  it('gives the curve of a plain loop, and the points only when asked', () => {
    for (const sample of samplesOf('proPass')) {
      const { points, area, fp, covered } = proCurve(sample as Loose)
      const { arrays } = run('proPass', sample)
      const used = arrays.pointsUsed as Float64Array
      expect(used[0]).toBe(points.length)
      expectSame((arrays.points as Float64Array).subarray(0, points.length), Float64Array.from(points))
      expect([...(arrays.state as Float64Array)].slice(0, 2)).toEqual([fp, covered])
      expect((arrays.state as Float64Array)[4]).toBe(area)
    }
  })
  it.each([
    [8, 0.3, 0.65],
    [8, 1, 0.835],
    [4, 0.3, 0.6125],
  ])('AUPRO of two images with %d-connected regions up to %d', (connectivity, limit, expected) => {
    const { labels, counts } = run('components', { masks, n: 2, h: 4, w: 4, connectivity }).arrays as {
      labels: Int32Array
      counts: Uint32Array
    }
    const region = Uint32Array.from(labels, (label, i) => (label > 0 && i >= 16 ? label + counts[0] : label))
    const regions = counts[0] + counts[1]
    const shares = new Float64Array(regions + 1)
    for (const r of region) shares[r]++
    const background = shares[0]
    const { keys, order } = sorted(maps, 1)
    const { state } = run('proPass', {
      keys,
      order,
      pixels: 32,
      region,
      regions,
      shares: shares.map((v) => 1 / v),
      background,
      limit,
      state: new Float64Array(8),
      previous: new Uint32Array(1),
    }).arrays
    expect(Number(state[4]) / limit).toBeCloseTo(expected, 12)
  })
})

/** Flood fill from each unlabeled pixel in raster order. */
function flood({ masks: mask, n, h, w, connectivity }: Loose) {
  const labels = new Int32Array(n * h * w)
  const counts = new Uint32Array(n)
  for (let start = 0; start < labels.length; start++) {
    if (!mask[start] || labels[start]) continue
    const image = Math.floor(start / (h * w))
    const label = ++counts[image]
    const stack = [start]
    labels[start] = label
    for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
      const [y, x] = [Math.floor(p / w) % h, p % w]
      for (let i = 0; i < 9; i++) {
        const [dy, dx] = [Math.floor(i / 3) - 1, (i % 3) - 1]
        if ((connectivity === 4 && dx * dy !== 0) || y + dy < 0 || y + dy >= h || x + dx < 0 || x + dx >= w) continue
        const q = p + dy * w + dx
        if (mask[q] && !labels[q]) {
          labels[q] = label
          stack.push(q)
        }
      }
    }
  }
  return { labels, counts }
}

it('components are those of a flood fill', () => {
  const shapes = [
    [1, 70, 1],
    [1, 1, 70],
    [2, 17, 35],
    [1, 50, 48],
  ]
  const random = shapes.flatMap(([n, h, w], i) =>
    [0, 30, 50, 60, 80, 100].flatMap((percent) =>
      [4, 8].map((connectivity) => ({
        masks: Uint8Array.from({ length: n * h * w }, (_, j) =>
          (((j + 7) * (j + i) * 2654435761) >>> 8) % 100 < percent ? 1 + (j % 255) : 0,
        ),
        n,
        h,
        w,
        connectivity,
      })),
    ),
  )
  for (const sample of [...samplesOf('components'), ...random]) {
    const { arrays } = run('components', sample)
    const expected = flood(sample)
    expectSame(arrays.labels, expected.labels)
    expectSame(arrays.counts, expected.counts)
  }
})

it('tail probabilities', () => {
  const calibration = { sorted: f('1 2 3 4 5 6 7 8 9'), v: f('8.5 9.5 .5') }
  const { upper, lower } = run('empiricalCdf', calibration).arrays
  expect([...upper]).toEqual([0.2, 0.1, 1])
  expect(lower[2]).toBe(0.1)
  for (const sample of samplesOf('empiricalCdf')) {
    const { sorted: values, v } = sample as Loose
    const tail = (within: (t: number, x: number) => boolean) =>
      Float64Array.from(v as Float32Array, (x) =>
        Number.isNaN(x)
          ? x
          : (1 + values.reduce((c: number, t: number) => c + Number(within(t, x)), 0)) / (values.length + 1),
      )
    const { arrays } = run('empiricalCdf', sample)
    expectSame(
      arrays.upper,
      tail((t, x) => t >= x),
    )
    expectSame(
      arrays.lower,
      tail((t, x) => t <= x),
    )
  }
})
