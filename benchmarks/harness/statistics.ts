/** Order statistics of samples. */
export interface Spread {
  median: number
  low: number
  high: number
  samples: number
}

/** The value at a fraction of the sorted samples, between neighbours by their distance. */
function quantile(sorted: readonly number[], fraction: number): number {
  const at = fraction * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.ceil(at)
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below)
}

/** Median and quartiles. */
export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    samples: sorted.length,
  }
}
