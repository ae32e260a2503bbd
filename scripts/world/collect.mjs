// Reports of many runtimes, compared with each other.
import { ran } from '../lib/totals.mjs'

const seconds = (from) => `${((Date.now() - from) / 1000).toFixed(1)} s`

/** Runs `start`, which resolves with a report; a report or the reason why there is none. `cell`: what it proves. */
export async function timed(name, cell, start) {
  const from = Date.now()
  try {
    const report = await start()
    return { name, cell, report, took: seconds(from) }
  } catch (error) {
    return { name, cell, error, took: seconds(from) }
  }
}

/** What is wrong with a report beside the reference's. */
function faults(reference, { report, error }) {
  if (error) return [String(error.message ?? error)]
  const names = new Set([...Object.keys(reference.digests), ...Object.keys(report.digests)])
  const differing = [...names].filter((name) => report.digests[name] !== reference.digests[name])
  return [...report.failures, ...differing.map((name) => `${name}: another digest than the first runtime's`)]
}

/**
 * Prints a line for each outcome and what is wrong; returns the totals, a digest counting as one test, and the cells with
 * their states.
 */
export function compare(title, outcomes) {
  const reference = outcomes.find(({ report }) => report)?.report ?? { digests: {} }
  const cells = []
  let passed = 0
  let failed = 0
  for (const outcome of outcomes) {
    const wrong = faults(reference, outcome)
    const count = Object.keys(outcome.report?.digests ?? {}).length
    passed += Math.max(0, count - wrong.length)
    failed += wrong.length
    const how = outcome.report ? `${count} digests, ${outcome.report.labels.join(' ')}` : 'did not run'
    console.log(`${wrong.length > 0 ? '✗' : '✓'} ${outcome.name}: ${how}, ${outcome.took}`)
    for (const each of wrong) console.log(`    ${each}`)
    cells.push({ ...outcome.cell, state: wrong.length > 0 ? 'failed' : 'ran' })
  }
  return { result: ran(title, passed, failed), cells }
}
