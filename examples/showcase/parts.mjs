/** The showcase has one part per kernel; a part is a folder beside this file. */

/**
 * @typedef {object} Outcome
 * @property {boolean} ok false when backends disagree or, with `full`, a bar of the kernel's table is missed
 * @property {import('./lib/table.mjs').Table} table what was done, the result, both times, their ratio, agreement
 * @property {string[]} notes lines for the console, below the table
 * @property {string} html the part's section of the report
 */

/**
 * @typedef {object} Part
 * @property {string} title
 * @property {(options: { full: boolean }) => Promise<Outcome>} run
 */

/** @type {Record<string, () => Promise<Part>>} by kernel, in the order they run */
export const parts = {
  'gradient-quantization': async () => (await import('./gradient-quantization/index.mjs')).part,
  'anomaly-energy': async () => (await import('./anomaly-energy/index.mjs')).part,
}
