/** A page's script: the bundle says which suite it is. */
import type { OpenSuite } from '../suites/suite.js'
import { type Job, runJob } from './job.js'

/** Offers the suite to who opened the page. */
export function offer(open: OpenSuite, table: unknown): void {
  Object.assign(globalThis, { ukernelsTable: table, runJob: (job: Job) => runJob(open, job) })
}
