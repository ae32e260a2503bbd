/** One of the workers of worker-rounds.ts: never ends by itself. */
import { parentPort, workerData } from 'node:worker_threads'
import { type WorkerTask, workloadOf } from './workload.js'

const { workload: url, backend, mode, x, flags } = workerData as WorkerTask
const workload = await workloadOf(url)
const kernel = await workload.load({ backend, threads: 2 })
await workload.abandon(kernel, x)
parentPort?.postMessage(workload.digest(kernel, x))

for (;;) {
  Atomics.add(flags, 0, 1)
  if (mode === 'sync') workload.call(kernel, x)
  else await workload.start(kernel, x)
  Atomics.add(flags, 1, 1)
}
