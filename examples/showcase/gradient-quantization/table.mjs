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
      { title: 'zeros: requested', align: 'right' },
      { title: 'achieved (sd)', align: 'right' },
      ...backends.map((backend) => ({ title: `${backend} ms/step`, align: /** @type {const} */ ('right') })),
      { title: 'ratio', align: 'right' },
      { title: 'same bits' },
    ],
    rows: summaries.map(({ variant, accuracy, bitsPerElement, sparsity, quantizeMs, agrees, diverged }) => [
      variant.name,
      percent(accuracy) + (diverged ? ` (${diverged} diverged)` : ''),
      bitsPerElement.toFixed(2),
      sparsity ? percent(variant.sparsity, 0) : '',
      sparsity ? `${percent(sparsity.mean)} (${(100 * sparsity.sd).toFixed(2)})` : '',
      ...backends.map((backend) => (variant.quantizer ? quantizeMs[backend].toFixed(3) : '')),
      variant.quantizer && backends.length > 1 ? `${(quantizeMs.wasm / quantizeMs.native).toFixed(1)}×` : '',
      agrees === undefined ? '' : agrees ? 'yes' : 'NO',
    ]),
  }
}
