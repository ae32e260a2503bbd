/** Fashion-MNIST: one kind of clothes is normal, everything else an outlier; energies of the pixels as features. */

import { imagesOf, loadFashion, PIXELS } from './fashion.mjs'
import { bitsOf, share } from './findings.mjs'

/**
 * @typedef {import('./inspect.mjs').Kernel} Kernel
 * @typedef {{ score: string, auroc: Record<number, number>, k: Record<number, number> }} Outliers a row, by normal class
 */

/** Scores in f32 from eigenvectors and factors in f64: the bound of their agreement. */
const TOLERANCE = 1e-5

/** @type {{ name: string, exact?: boolean, fit: (kernel: Kernel, train: Float32Array) => Promise<{ score: (test: Float32Array) => Float32Array | Promise<Float32Array>, k?: number }> }[]} */
const methods = [
  { name: 'FRE 90 %', fit: async (kernel, train) => subspace(kernel, train, 0.9, 'fre') },
  { name: 'FRE 97 %', fit: async (kernel, train) => subspace(kernel, train, 0.97, 'fre') },
  { name: 'DFM-NLL 97 %', fit: async (kernel, train) => subspace(kernel, train, 0.97, 'nll') },
  { name: 'PPCA 90 %', fit: async (kernel, train) => subspace(kernel, train, 0.9, 'ppca') },
  {
    name: 'Mahalanobis',
    fit: async (kernel, train) => {
      const model = await kernel.fitGaussian(train, PIXELS, { ridge: 0.01 })
      return { score: (test) => model.energy(test) }
    },
  },
  {
    name: '1-NN',
    exact: true,
    fit: async (kernel, train) => {
      const bank = kernel.memoryBank(train, PIXELS)
      return { score: async (test) => (await bank.query(test, 1)).dist }
    },
  },
]

/** @param {Kernel} kernel @param {Float32Array} train @param {number} variance @param {'fre' | 'nll' | 'ppca'} how */
async function subspace(kernel, train, variance, how) {
  const model = await kernel.fitSubspace(train, PIXELS, { variance })
  return { score: (/** @type {Float32Array} */ test) => model[how](test), k: model.k }
}

/**
 * @param {Kernel} kernel
 * @param {number[]} classes
 * @param {(share: number, text: string, finished?: boolean) => void} report
 */
export async function outliers(kernel, classes, report) {
  const [train, test] = [loadFashion('train'), loadFashion('t10k')]
  /** @type {import('./findings.mjs').Finding[]} */
  const findings = []
  /** @type {Outliers[]} */
  const rows = []
  for (const [m, { name, exact, fit }] of methods.entries()) {
    /** @type {Outliers} */
    const row = { score: name, auroc: {}, k: {} }
    const values = []
    let ms = 0
    for (const [i, label] of classes.entries()) {
      report((m + i / classes.length) / methods.length, `Fashion-MNIST class ${label}, ${name}`)
      const images = imagesOf(train, label)
      const began = performance.now()
      const model = await fit(kernel, images)
      const scores = await model.score(test.images)
      ms += performance.now() - began
      values.push(scores)
      row.k[label] = model.k
      row.auroc[label] = kernel.metrics.auroc(
        scores,
        Uint8Array.from(test.labels, (y) => (y === label ? 0 : 1)),
      )
    }
    const result = classes.map((label) => `${label}: ${share(row.auroc[label], 4)}`).join('  ')
    const finding = {
      task: `clothes of one class, ${name}`,
      result: classes.length > 3 ? `AUROC of ${classes.length} classes` : `AUROC ${result}`,
      ms,
      bits: bitsOf(values),
    }
    findings.push(exact ? finding : { ...finding, tolerance: TOLERANCE, values })
    rows.push(row)
    report((m + 1) / methods.length, `Fashion-MNIST, ${name}: ${result}`, true)
  }
  return { findings, rows }
}
