// Runs vitest and reads its totals.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { lacksBrowser } from '../world/browser.mjs'
import { at } from './paths.mjs'
import { runBin } from './run.mjs'
import { ran } from './totals.mjs'

/** `npm test`, `npm run ready` and `npm run test:slow` all run their TypeScript tests here. */
export async function runVitest(args = [], env = {}) {
  const cache = at('node_modules', '.cache')
  const file = at('node_modules', '.cache', 'vitest-totals.json')
  mkdirSync(cache, { recursive: true })
  rmSync(file, { force: true })
  const reporters = ['--reporter=default', `--reporter=${at('scripts', 'lib', 'vitest-totals.mjs')}`]
  const code = await runBin('vitest', ['run', ...reporters, ...args], {
    env: { ...process.env, ...env, UKERNELS_TOTALS: file },
  })
  try {
    const { passed, failed, skipped } = JSON.parse(readFileSync(file, 'utf8'))
    if (lacksBrowser && args.length === 0) skipped.push({ name: 'vitest in Chromium', reason: lacksBrowser })
    return ran('vitest', passed, code !== 0 && failed === 0 ? 1 : failed, skipped)
  } catch {
    // It ended before there was anything to count.
    return ran('vitest', 0, 1)
  }
}
