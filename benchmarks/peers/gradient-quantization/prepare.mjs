import { load, pruneThreshold } from '@ukernels/gradient-quantization'
import { loadGradients } from '../../dist/harness/data.js'

/** What peers and kernel are given beside the data: the pruning threshold for 90 % zeros. */
export async function prepare(data) {
  const kernel = await load({ backend: 'wasm' })
  for (const n of [2 ** 11, 2 ** 18, 2 ** 20, 2 ** 24]) loadGradients(data, n)
  const s = kernel.stats(loadGradients(data, 2 ** 20))
  kernel.dispose()
  return { alpha: pruneThreshold({ ...s, sparsity: 0.9, zeroFraction: s.zeros / s.n }).alpha }
}
