// One result per runner, and the totals of all of them.

/**
 * What a runner returns: `passed` and `failed` are counts, `skipped` is a list of `{ name, reason }`.
 * A check (lint, types) counts as one test.
 */
export const ran = (runner, passed, failed, skipped = []) => ({ runner, passed, failed, skipped })
export const skippedRunner = (runner, reason) => ran(runner, 0, 0, [{ name: runner, reason }])

const sum = (results, key) => results.reduce((total, result) => total + result[key], 0)

/** Skipped tests by reason, so that one cause is one line. */
function printSkipped(results) {
  const byReason = new Map()
  for (const { skipped } of results)
    for (const { name, reason = 'no reason given' } of skipped)
      byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  for (const [reason, names] of byReason) {
    console.log(`skipped ${names.length}: ${reason}`)
    for (const name of names.slice(0, 5)) console.log(`    ${name}`)
    if (names.length > 5) console.log(`    and ${names.length - 5} more`)
  }
}

/**
 * Prints what each runner did, what was skipped and why, and the one line of totals; returns the exit code.
 * With CI=true a skipped test is a failure, because .ci/run installs whatever tests need; what the processor
 * lacks can't be installed.
 */
export function conclude(results) {
  const skipped = results.flatMap((result) => result.skipped)
  console.log('')
  for (const { runner, passed, failed, skipped } of results)
    console.log(`${failed > 0 ? '✗' : '✓'} ${runner}: ${passed} passed, ${failed} failed, ${skipped.length} skipped`)
  printSkipped(results)
  const installable = skipped.filter(({ reason }) => !/^this processor/.test(reason ?? ''))
  const strict = process.env.CI === 'true' && installable.length > 0
  if (strict) console.log('CI=true: a skipped test is an error')
  const failed = sum(results, 'failed')
  console.log(`\n${sum(results, 'passed')} passed, ${failed} failed, ${skipped.length} skipped`)
  return failed > 0 || strict ? 1 : 0
}
