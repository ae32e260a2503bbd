import { load, pruneThreshold } from '@ukernels/gradient-quantization'

/** What peers and kernel are given beside the data: the pruning threshold for 90 % zeros. */
export async function prepare(gradients) {
  const kernel = await load({ backend: 'wasm' })
  for (const n of [2 ** 11, 2 ** 18, 2 ** 20, 2 ** 24]) gradients(n)
  const s = kernel.stats(gradients(2 ** 20))
  kernel.dispose()
  return { alpha: pruneThreshold({ ...s, sparsity: 0.9, zeroFraction: s.zeros / s.n }).alpha }
}
