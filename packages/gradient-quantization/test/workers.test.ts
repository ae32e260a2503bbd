/** The kernel in worker_threads: the same bits as on the main thread, and nothing left behind when a worker ends. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { load } from '@ukernels/gradient-quantization'
import { describe, expect, it } from 'vitest'

interface Held {
  threads: number
  files: number
}
interface Report {
  expected: string
  again: string
  baseline: Held
  rounds: { results: string[]; after: Held & { megabytes: number } }[]
}

const program = fileURLToPath(new URL('./fixtures/workers.mjs', import.meta.url))

const unavailable = async (backend: 'native' | 'wasm') => {
  if (process.env.CI === 'true') return ''
  return load({ backend }).then(
    () => '',
    () => `the ${backend} backend doesn't load`,
  )
}

/** In a process of its own, so that a crash at a worker's end, or at the process's, is seen as one. */
async function runWorkers(backend: string): Promise<Report> {
  const run = promisify(execFile)
  // glibc keeps much of what was freed. So set, it gives blocks above 64 KiB back at once, as other systems do.
  const env = { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' }
  const { stdout, stderr } = await run(process.execPath, ['--expose-gc', program, backend], { env, timeout: 100_000 })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe.each(['native', 'wasm'] as const)('four and twenty workers, terminated in mid-call: %s', (backend) => {
  it('compute the same, and leave nothing behind', { timeout: 120_000 }, async ({ skip }) => {
    const reason = await unavailable(backend)
    skip(reason !== '', reason)
    const { expected, again, baseline, rounds } = await runWorkers(backend)
    expect(again).toBe(expected)
    expect(rounds.map(({ results }) => results.length)).toEqual([4, 20])
    for (const { results, after } of rounds) {
      expect(new Set(results)).toEqual(new Set([expected]))
      expect(after.threads).toBeLessThanOrEqual(baseline.threads)
      expect(after.files).toBeLessThanOrEqual(baseline.files)
    }
    // Each worker leaves 16 MB of error feedback to whoever cleans up: 320 MB from twenty.
    expect(rounds[1].after.megabytes - rounds[0].after.megabytes).toBeLessThan(100)
  })
})
