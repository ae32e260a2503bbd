import { describe, expect, it } from 'vitest'
import { harnessStatus, type JobControl } from '../src/backend.js'
import { nextTurn, runJob } from '../src/job.js'
import type { Progress } from '../src/kernel.js'

const work = { phase: 'encode', total: 1000, chunk: 300 }

describe('runJob', () => {
  it('reports the end, and never more than the total', async () => {
    const seen: Progress[] = []
    const start = async (_: readonly [], control: JobControl) => {
      for (let i = 0; i < 4; i++) Atomics.add(control.flags, 1, 1)
      await new Promise((resolve) => setTimeout(resolve, 250))
      return 0
    }
    expect(await runJob(start, [], { onProgress: (p) => seen.push(p) }, work)).toBe(0)
    expect(seen.at(-1)).toEqual({ phase: 'encode', done: 1000, total: 1000 })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.length).toBeLessThanOrEqual(4)
  })

  it('rejects with the reason of a signal, before and during', async () => {
    const reason = new Error('enough')
    const never = () => Promise.reject(new Error('started'))
    await expect(runJob(never, [], { signal: AbortSignal.abort(reason) }, work)).rejects.toBe(reason)

    const controller = new AbortController()
    const start = async (_: readonly [], { flags }: JobControl) => {
      while (Atomics.load(flags, 0) === 0) await nextTurn()
      return harnessStatus.aborted
    }
    const running = runJob(start, [], { signal: controller.signal }, work)
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
  })

  it('rejects with what a listener throws, on the way or at the end, and stops', async () => {
    const error = new Error('the listener')
    const onProgress = () => {
      throw error
    }
    const start = async (_: readonly [], { flags }: JobControl) => {
      while (Atomics.load(flags, 0) === 0) await nextTurn()
      return harnessStatus.aborted
    }
    await expect(runJob(start, [], { onProgress }, work)).rejects.toBe(error)
    await expect(runJob(async () => 0, [], { onProgress }, work)).rejects.toBe(error)
  })

  it('passes a status on, and no final progress with it', async () => {
    const seen: Progress[] = []
    expect(await runJob(async () => 1, [], { onProgress: (p) => seen.push(p) }, work)).toBe(1)
    expect(seen).toEqual([])
  })
})
