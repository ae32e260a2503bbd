/** Samples of the rows on scores and masks. */
import type { Sample, SampleSource } from '@ukernels/runtime'
import { coarse, finiteFloats } from './sample-data.js'

/** Keys in descending order with ties, and any order beside them. */
function ranked(s: SampleSource, rest: (n: number) => Sample): Sample[] {
  return [0, 1, 90, 70000, 200000].map((n, i) => ({
    keys: new Uint32Array(n).map(() => s.below(i % 2 ? 40 : 2 ** 32)).sort(),
    order: new Uint32Array(n).map((_, j) => (j * 7919 + 13) % Math.max(1, n)),
    ...rest(n),
  }))
}

export const rankSamples = {
  scoreSort: (s: SampleSource): Sample[] =>
    [0, 1, 100, 300000].flatMap((n) =>
      [finiteFloats(s, n), coarse(s, n).map((v) => (v === 0 ? -0 : v))].map((scores, descending) => ({
        scores,
        descending,
        steps: 4 * n,
        keys: new Uint32Array(2 * n),
        order: new Uint32Array(2 * n),
        counts: new Uint32Array(6144),
      })),
    ),
  classSort: (s: SampleSource): Sample[] =>
    [0, 1, 100, 300000].flatMap((n) =>
      [finiteFloats(s, n), coarse(s, n).map((v) => (v === 0 ? -0 : v))].map((scores, i) => {
        const labels = s.bytes(n).map((b) => (i ? b & 6 : Number(b < 9)))
        return {
          scores,
          labels,
          positives: labels.filter((label) => label !== 0).length,
          steps: 4 * n,
          keys: new Uint32Array(2 * n),
          counts: new Uint32Array(12288),
        }
      }),
    ),
  aucPass: (s: SampleSource): Sample[] =>
    [0, 1, 90, 70000, 1100000].map((n, i) => {
      const positives = Math.floor(n / (i % 2 ? 3 : 40))
      const keys = new Uint32Array(n).map(() => s.below(i % 2 ? 40 : 2 ** 32))
      keys.subarray(0, positives).sort()
      keys.subarray(positives).sort()
      return { keys, positives, tpr: 0.95, steps: n, counts: new BigUint64Array(6), sums: new Float64Array(2) }
    }),
  proPass: (s: SampleSource): Sample[] =>
    ranked(s, (n) => {
      const regions = 5
      const region = new Uint32Array(n).map(() => Math.max(0, s.below(20) - 14))
      const sizes = new Float64Array(regions + 1)
      for (const r of region) sizes[r]++
      return {
        pixels: n,
        region,
        regions,
        shares: sizes.map((v) => (v > 0 ? 1 / v : 0)),
        background: sizes[0],
        limit: 0.3,
        state: new Float64Array(8),
        previous: new Uint32Array(1),
      }
    }),
  components: (s: SampleSource): Sample[] =>
    [
      [0, 3, 3],
      [1, 1, 1],
      [2, 40, 61],
      [3, 64, 64],
      [1, 0, 5],
    ].flatMap(([n, h, w]) =>
      [4, 8].map((connectivity) => ({
        masks: s.bytes(n * h * w).map((b) => (b % 5 < 2 ? b : 0)),
        n,
        h,
        w,
        connectivity,
      })),
    ),
  empiricalCdf: (s: SampleSource): Sample[] =>
    [1, 2, 200].map((m) => ({
      sorted: coarse(s, m, 9).sort(),
      v: Float32Array.of(...coarse(s, 9000, 9), Number.NaN, Infinity, -Infinity, -0),
    })),
}
