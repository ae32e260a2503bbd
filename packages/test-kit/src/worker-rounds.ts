/**
 * Four and then twenty worker_threads that load a kernel, use it, and are terminated in the middle of a call.
 *
 *   node --expose-gc worker-rounds.js <URL of the workload> <native|wasm>
 *
 * Prints a WorkerReport: what the workers computed, and the threads, open files and memory of the process before and
 * after.
 */
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Held, type WorkerReport, type WorkerTask, workloadOf } from './workload.js'

const [url, backend] = process.argv.slice(2) as [string, WorkerTask['backend']]
const ROUNDS = [4, 20]

const workload = await workloadOf(url)
const x = new Float32Array(new SharedArrayBuffer(4 * workload.elements))
workload.fill(x)

function held(): Held {
  const count = (folder: string) => (existsSync(folder) ? readdirSync(folder).length : 0)
  return { threads: count('/proc/self/task'), files: count('/proc/self/fd') }
}

/** Starts a worker, waits until it is inside a call, ends it. Resolves with its digest. */
async function runWorker(mode: WorkerTask['mode']): Promise<string> {
  const flags = new Int32Array(new SharedArrayBuffer(8))
  const workerData: WorkerTask = { workload: url, backend, mode, x, flags }
  const worker = new Worker(new URL('./worker-thread.js', import.meta.url), { workerData })
  const inside = () => Atomics.load(flags, 0) - Atomics.load(flags, 1) === 1
  try {
    const result = await new Promise<string>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    while (!inside()) await sleep(1)
    return result
  } finally {
    await worker.terminate()
  }
}

/** Waits until ended threads are gone, which the system tells a little later. */
async function settled(baseline: Held): Promise<Held & { megabytes: number }> {
  for (let i = 0; i < 100 && (held().threads > baseline.threads || held().files > baseline.files); i++) await sleep(20)
  globalThis.gc?.()
  return { ...held(), megabytes: process.memoryUsage().rss / 2 ** 20 }
}

const kernel = await workload.load({ backend, threads: 2 })
const expected = workload.digest(kernel, x)
// The first worker makes the process's own helper threads, which stay.
await runWorker('sync')
const baseline = held()
const rounds: WorkerReport['rounds'] = []
for (const workers of ROUNDS) {
  const modes = Array.from({ length: workers }, (_, i) => (['sync', 'job'] as const)[i % 2])
  const results = await Promise.all(modes.map(runWorker))
  rounds.push({ results, after: await settled(baseline) })
}
const report: WorkerReport = { expected, again: workload.digest(kernel, x), baseline, rounds }
kernel.dispose()
process.stdout.write(JSON.stringify(report))
