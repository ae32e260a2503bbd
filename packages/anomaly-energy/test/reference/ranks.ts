/** The rows of the topics `neighbors`, `sort`, `metrics`, `components`, `cdf` and `random`, one number at a time. */
import { philox4x32 } from '@ukernels/runtime'
import { bitsOf, clamp, f, randomNumbers, sum16 } from './numbers.js'
import type { Rows } from './rows.js'

const distance2 = (a: Float32Array, at: number, b: Float32Array, bt: number, d: number) =>
  sum16(d, (k) => {
    const t = f(a[at + k] - b[bt + k])
    return f(t * t)
  })

const keyOf = (score: number, descending: number) => {
  const bits = bitsOf(score === 0 ? 0 : score)
  const key = bits >>> 31 ? ~bits >>> 0 : (bits | 0x80000000) >>> 0
  return descending ? ~key >>> 0 : key
}

/** Calls `visit` with the half-open range of every group of equal keys. */
function groups(keys: Uint32Array, visit: (begin: number, end: number) => void): void {
  for (let begin = 0, end = 0; begin < keys.length; begin = end) {
    for (end = begin; end < keys.length && keys[end] === keys[begin]; end++);
    visit(begin, end)
  }
}

function label(mask: Uint8Array, h: number, w: number, connectivity: number, labels: Int32Array): number {
  labels.fill(0, 0, h * w)
  let count = 0
  for (let start = 0; start < h * w; start++) {
    if (mask[start] === 0 || labels[start] !== 0) continue
    const stack = [start]
    labels[start] = ++count
    while (stack.length > 0) {
      const at = stack.pop() as number
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const y = Math.floor(at / w) + dy
          const x = (at % w) + dx
          if ((connectivity === 4 && dx !== 0 && dy !== 0) || y < 0 || x < 0 || y >= h || x >= w) continue
          if (mask[y * w + x] === 0 || labels[y * w + x] !== 0) continue
          labels[y * w + x] = count
          stack.push(y * w + x)
        }
      }
    }
  }
  return count
}

export const rankRows = {
  rowNorms(x, n, d, out) {
    for (let i = 0; i < n; i++) out[i] = sum16(d, (k) => f(x[i * d + k] * x[i * d + k]))
    return 0
  },
  rowDistances(x, y, n, d, out) {
    for (let i = 0; i < n; i++) out[i] = distance2(x, i * d, y, 0, d)
    return 0
  },
  nearest(q, bank, _norms, n, m, d, k, dist, index) {
    for (let i = 0; i < n; i++) {
      const found = Array.from({ length: m }, (_, j) => ({ j, s: distance2(q, i * d, bank, j * d, d) }))
      found.sort((a, b) => a.s - b.s || a.j - b.j)
      for (let j = 0; j < k; j++) {
        dist[i * k + j] = Math.sqrt(found[j].s)
        index[i * k + j] = found[j].j
      }
    }
    return 0
  },
  kcenter(x, n, d, m, _steps, dist, owner, _gaps, picks, radii, state, report) {
    let made = 0
    for (; made < m && state[0] === 0; made++) {
      for (let i = 0; i < n; i++) {
        const s = distance2(x, i * d, x, picks[made] * d, d)
        if (s < dist[i]) {
          dist[i] = s
          owner[i] = made
        }
      }
      let far = 0
      for (let i = 1; i < n; i++) if (dist[i] > dist[far]) far = i
      picks[made + 1] = far
      radii[made] = Math.sqrt(dist[far])
      if (dist[far] === 0) state[0] = 1
    }
    report[0] = made
    return 0
  },
  sparseProject(x, offsets, entries, n, d, k, scale, y) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < k; j++) {
        let s = 0
        for (let e = offsets[j]; e < offsets[j + 1]; e++) {
          const value = x[i * d + (entries[e] >>> 1)]
          s = f(s + (entries[e] & 1 ? -value : value))
        }
        y[i * k + j] = f(scale) * s
      }
    }
    return 0
  },

  scoreSort(scores, descending, _steps, keys, order) {
    const n = scores.length
    const all = Uint32Array.from(scores, (s) => keyOf(s, descending))
    const sorted = [...all.keys()].sort((a, b) => all[a] - all[b] || a - b)
    for (let i = 0; i < n; i++) {
      keys[i] = all[sorted[i]]
      order[i] = sorted[i]
    }
    return 0
  },
  classSort(scores, labels, positives, _steps, keys) {
    for (const [hit, at] of [
      [true, 0],
      [false, positives],
    ] as const) {
      const own = Array.from(
        scores.filter((_, i) => (labels[i] !== 0) === hit),
        (s) => keyOf(s, 1),
      )
      keys.set(
        [...own].sort((a, b) => a - b),
        at,
      )
      // What the second of the three passes left.
      const low = 2 ** 22 - 1
      keys.set(
        [...own].sort((a, b) => (a & low) - (b & low)),
        scores.length + at,
      )
    }
    return 0
  },
  aucPass(keys, positives, tpr, _steps, counts, sums) {
    let [u2, tp, fp] = [0n, 0, 0]
    const all = [...keys].map((key, i) => ({ key, hit: i < positives })).sort((a, b) => a.key - b.key)
    const sorted = Uint32Array.from(all, ({ key }) => key)
    groups(sorted, (begin, end) => {
      const hits = all.slice(begin, end).filter(({ hit }) => hit).length
      const misses = end - begin - hits
      u2 += BigInt(misses) * BigInt(2 * tp + hits)
      tp += hits
      fp += misses
      sums[0] += hits * (tp / (tp + fp))
      const f1 = (2 * tp) / (tp + fp + positives)
      if (f1 > sums[1]) {
        sums[1] = f1
        counts[1] = BigInt(sorted[begin])
      }
      if (counts[3] === 0n && tp / positives >= tpr) {
        counts[3] = 1n
        counts[2] = BigInt(fp)
      }
    })
    counts[0] = u2
    counts[4] = BigInt(tp)
    counts[5] = BigInt(fp)
    return 0
  },
  proPass(keys, order, _pixels, region, regions, shares, background, limit, state, _previous, points, used) {
    let [fp, covered, fpr0, pro0, area] = state
    let at = 0
    groups(keys, (begin, end) => {
      for (let i = begin; i < end; i++) {
        const r = region[order[i]]
        if (r === 0) fp++
        else covered += shares[r]
      }
      const last = end === keys.length
      const fpr = last ? 1 : fp / background
      const pro = last ? 1 : covered / regions
      if (fpr0 < limit) {
        if (fpr <= limit) area += ((fpr - fpr0) * (pro + pro0)) / 2
        else {
          const cut = pro0 + ((pro - pro0) * (limit - fpr0)) / (fpr - fpr0)
          area += ((limit - fpr0) * (cut + pro0)) / 2
        }
      }
      points?.set([fpr, pro], at)
      at += 2
      ;[fpr0, pro0] = [fpr, pro]
    })
    state.set([fp, covered, fpr0, pro0, area])
    used[0] = at
    return 0
  },
  components(masks, n, h, w, connectivity, labels, counts) {
    const size = h * w
    for (let i = 0; i < n; i++) {
      const [from, to] = [i * size, (i + 1) * size]
      counts[i] = label(masks.subarray(from, to), h, w, connectivity, labels.subarray(from, to))
    }
    return 0
  },
  empiricalCdf(sorted, v, upper, lower) {
    const m = sorted.length
    for (let i = 0; i < v.length; i++) {
      const nan = Number.isNaN(v[i])
      upper[i] = nan ? Number.NaN : (1 + sorted.filter((t) => t >= v[i]).length) / (m + 1)
      lower[i] = nan ? Number.NaN : (1 + sorted.filter((t) => t <= v[i]).length) / (m + 1)
    }
    return 0
  },

  philox(seed, block, stream, tag, words) {
    const key = [Number(BigInt(seed) & 0xffffffffn), Number(BigInt(seed) >> 32n)]
    for (let i = 0; i < words.length; i += 4) {
      const b = BigInt(block) + BigInt(i / 4)
      const four = philox4x32([Number(b & 0xffffffffn), Number((b >> 32n) & 0xffffffffn), stream, tag], key)
      words.set(four.subarray(0, words.length - i), i)
    }
    return 0
  },
  randomFill(kind, seed, chain, step, tag, offset, scale, add, lo, hi, x) {
    const draw = randomNumbers(kind, seed, chain, step, tag)
    for (let e = 0; e < x.length; e++) {
      const v = f((add ? x[e] : f(offset)) + f(f(scale) * draw(e)))
      x[e] = clamp(v, f(lo), f(hi))
    }
    return 0
  },
} satisfies Partial<Rows>
