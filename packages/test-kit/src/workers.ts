/** A kernel in worker_threads: the same bits as on the main thread, and nothing left behind when a worker ends. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type WorkerReport, workloadOf } from './workload.js'

const program = fileURLToPath(new URL('./worker-rounds.js', import.meta.url))

/** In a process of its own, so that a crash at a worker's end, or at the process's, is seen as one. */
async function runWorkers(workload: URL, backend: string): Promise<WorkerReport> {
  const run = promisify(execFile)
  // glibc keeps much of what was freed. So set, it gives blocks above 64 KiB back at once, as other systems do.
  const env = { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' }
  const args = ['--expose-gc', program, workload.href, backend]
  const { stdout, stderr } = await run(process.execPath, args, { env, timeout: 100_000 })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

/** Why a backend can't be tested here; with CI=true it has to be. */
async function unavailable(workload: URL, backend: 'native' | 'wasm'): Promise<string> {
  if (process.env.CI === 'true') return ''
  const { load } = await workloadOf(workload.href)
  return load({ backend, threads: 1 }).then(
    (kernel) => {
      kernel.dispose()
      return ''
    },
    () => `the ${backend} backend doesn't load`,
  )
}

/** @param workload - a module that exports a Workload, plain JavaScript: workers import it */
export function describeWorkers(workload: URL): void {
  describe.each(['native', 'wasm'] as const)('four and twenty workers, terminated in mid-call: %s', (backend) => {
    it('compute the same, and leave nothing behind', { timeout: 120_000 }, async ({ skip }) => {
      const reason = await unavailable(workload, backend)
      skip(reason !== '', reason)
      const { expected, again, baseline, rounds } = await runWorkers(workload, backend)
      expect(again).toBe(expected)
      expect(rounds.map(({ results }) => results.length)).toEqual([4, 20])
      for (const { results, after } of rounds) {
        expect(new Set(results)).toEqual(new Set([expected]))
        expect(after.threads).toBeLessThanOrEqual(baseline.threads)
        expect(after.files).toBeLessThanOrEqual(baseline.files)
      }
      // Each worker leaves 16 MB to whoever cleans up: 320 MB from twenty.
      expect(rounds[1].after.megabytes - rounds[0].after.megabytes).toBeLessThan(100)
    })
  })
}
