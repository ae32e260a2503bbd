/** The table of the part, for the console and the report. */

/** @param {number} value */
export const percent = (value, digits = 2) => `${(100 * value).toFixed(digits)} %`

/**
 * @param {import('./summary.mjs').Summary[]} summaries
 * @param {readonly import('./train.mjs').BackendName[]} backends
 * @returns {import('../lib/table.mjs').Table}
 */
export function tableOf(summaries, backends) {
  return {
    columns: [
      { title: 'gradients' },
      { title: 'accuracy', align: 'right' },
      { title: 'bits/element', align: 'right' },
      { title: 'sparsity: asked → got', align: 'right' },
      ...backends.map((backend) => ({ title: `${backend} ms/step`, align: /** @type {const} */ ('right') })),
      ...(backends.length > 1
        ? [{ title: 'ratio', align: /** @type {const} */ ('right') }, { title: 'same bits' }]
        : []),
      { title: 'digest' },
    ],
    rows: summaries.map(({ variant, accuracy, bitsPerElement, sparsity, quantizeMs, agrees, digest, diverged }) => [
      variant.name,
      percent(accuracy) + (diverged ? ` (${diverged} diverged)` : ''),
      bitsPerElement.toFixed(2),
      sparsity
        ? `${percent(variant.sparsity, 0)} → ${(100 * sparsity.mean).toFixed(2)} ± ${(100 * sparsity.sd).toFixed(2)} %`
        : '',
      ...backends.map((backend) => (variant.quantizer ? quantizeMs[backend].toFixed(3) : '')),
      ...(backends.length > 1
        ? [variant.quantizer ? `${(quantizeMs.wasm / quantizeMs.native).toFixed(1)}×` : '', agrees ? 'yes' : 'NO']
        : []),
      digest.slice(0, 8),
    ]),
  }
}
