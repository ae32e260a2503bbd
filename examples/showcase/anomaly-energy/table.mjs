/** The table of the part, for the console and the report. */
import { agreement } from './findings.mjs'

/** @param {number} ms */
const time = (ms) => (ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US'))

/**
 * @param {import('./findings.mjs').Finding[][]} rows by backend
 * @param {readonly import('../lib/backends.mjs').BackendName[]} backends
 * @returns {import('../lib/table.mjs').Table}
 */
export function tableOf(rows, backends) {
  const both = backends.length > 1
  return {
    columns: [
      { title: 'task' },
      { title: 'result' },
      ...backends.map((backend) => ({ title: `${backend} ms`, align: /** @type {const} */ ('right') })),
      ...(both ? [{ title: 'ratio', align: /** @type {const} */ ('right') }, { title: 'agreement' }] : []),
    ],
    rows: rows[0].map(({ task, result }, i) => {
      const found = rows.map((of) => of[i])
      return [
        task,
        result,
        ...found.map(({ ms }) => time(ms)),
        ...(both ? [`${(found[1].ms / found[0].ms).toFixed(1)}×`, agreement(found).text] : []),
      ]
    }),
  }
}
