/** One turn of a benchmark in a fresh process or page: a kernel's suite, measured. */
import { measure, type Timing } from '../harness/measure.js'
import type { OpenSuite } from '../suites/suite.js'

/** What the parent asks for. */
export interface Job {
  kernel: string
  /** Folder of the data that processes share. */
  data: string
  rounds: number
  milliseconds: number
  /** Most elements; all sizes without. */
  largest?: number
  /** Only these numbers of elements; all without. */
  sizes?: number[]
  /** Only groups whose name contains this. */
  filter?: string
  /** Single calls, and every row of the table, too. */
  others: boolean
}

/** Runs it; `onProgress` hears where it is. */
export async function runJob(
  open: OpenSuite,
  job: Job,
  onProgress: (text: string) => void = () => {},
): Promise<Timing[]> {
  const suite = await open(job.data)
  const { largest = Infinity, sizes, filter = '' } = job
  const chosen = suite.sizes.filter((n) => n <= largest && (sizes === undefined || sizes.includes(n)))
  const stages = [...chosen.map((n) => () => suite.cases(n)), ...(job.others ? [suite.others] : [])]
  const timings: Timing[] = []
  for (const [i, stage] of stages.entries()) {
    const cases = (await stage()).filter(({ group }) => group.includes(filter))
    const progress = (done: number, total: number) => onProgress(`part ${i + 1}/${stages.length}, ${done}/${total}`)
    timings.push(...(await measure(cases, job, progress)))
  }
  suite.dispose()
  return timings
}
