/**
 * One fresh process of a benchmark: measures a kernel's suite and writes the timings as JSON.
 *
 *   <runtime> dist/runners/process.js '{ "kernel": …, "data": …, "out": …, "rounds": …, "milliseconds": …, "sizes": … }'
 */
import { writeFileSync } from 'node:fs'
import { runtimeName } from '../harness/machine.js'
import { measure, type Timing } from '../harness/measure.js'
import type { OpenSuite } from '../suites/suite.js'

/** What the parent asks for. */
export interface ProcessJob {
  kernel: string
  /** Folder of the data that processes share. */
  data: string
  /** File for the timings. */
  out: string
  rounds: number
  milliseconds: number
  /** Only these numbers of elements; all without. */
  sizes?: number[]
  /** Only groups whose name contains this. */
  filter?: string
}

const job: ProcessJob = JSON.parse(process.argv[2])
const { open } = (await import(`../suites/${job.kernel}.js`)) as { open: OpenSuite }
const suite = await open(job.data)
const timings: Timing[] = []
const chosen = suite.sizes.filter((n) => job.sizes === undefined || job.sizes.includes(n))
const stages = [...chosen.map((n) => () => suite.cases(n)), ...(job.sizes === undefined ? [suite.others] : [])]
for (const [i, stage] of stages.entries()) {
  const cases = (await stage()).filter(({ group }) => job.filter === undefined || group.includes(job.filter))
  const progress = (done: number, total: number) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r${runtimeName()}: part ${i + 1}/${stages.length}, ${done}/${total} `)
  }
  timings.push(...(await measure(cases, job, progress)))
}
suite.dispose()
writeFileSync(job.out, JSON.stringify(timings))
