/**
 * One fresh process of a benchmark: measures a kernel's suite and writes the timings as JSON.
 *
 *   <runtime> dist/runners/process.js '{ "kernel": …, "out": …, … }'
 */
import { writeFileSync } from 'node:fs'
import { runtimeName } from '../harness/machine.js'
import type { OpenSuite } from '../suites/suite.js'
import { type Job, runJob } from './job.js'

const job: Job & { out: string } = JSON.parse(process.argv[2])
const { open } = (await import(`../suites/${job.kernel}.js`)) as { open: OpenSuite }
const timings = await runJob(open, job, (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${runtimeName()}: ${text} `)
})
writeFileSync(job.out, JSON.stringify({ runtime: runtimeName(), timings }))
// Threads of the backends must not keep the process.
process.exit(0)
