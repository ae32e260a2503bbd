/**
 * The same work in every runtime, its results as digests: what a table's rows leave behind, a kernel's goldens,
 * the README's example. Nothing here belongs to a test framework or a runtime.
 */
import {
  type Abi,
  type Backend,
  type Kernel,
  type LoadOptions,
  type PreparedRow,
  prepareRow,
  type Sample,
  type Samples,
} from '@ukernels/runtime'
import type { GoldenContext, Goldens } from './goldens.js'
import { deviation, isExact, runSample } from './outcome.js'
import { call, createSampleSource, start } from './samples.js'

type Print = (...values: unknown[]) => void

/** A kernel, and what there is to run of it. */
export interface DigestSubject {
  abi: Abi
  samples: Samples<Abi>
  load(options?: LoadOptions): Promise<Kernel>
  /** None where the kernel has no file test/goldens.ts. */
  goldens: Goldens<Kernel>
  spec: Record<string, unknown>
  /** The first example of the README, as printed but for where it prints to. */
  example(console: { log: Print }): Promise<void>
}

export interface DigestOptions {
  /** For `load`: how the kernel is chosen. */
  load: LoadOptions
  /** The table's backends by label, an instruction set for one; each must give the same digests. */
  backends: ReadonlyMap<string, Backend>
  /** What rows of the class 'relative t' are held against: their bits differ between instruction sets. */
  reference: Backend
  sha256: GoldenContext['sha256']
}

export interface DigestReport {
  /** 'native' or 'wasm', as the loaded kernel says. */
  backend: string
  labels: string[]
  /** By name of a row, a group of goldens, or the example. */
  digests: Record<string, string>
  failures: string[]
}

/** Lengths are part of what is digested, so that no two outcomes give the same bytes. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0))
  let at = 0
  for (const part of parts) {
    new DataView(all.buffer).setUint32(at, part.length)
    all.set(part, at + 4)
    at += 4 + part.length
  }
  return all
}

const text = (value: string) => new TextEncoder().encode(value)

/** Every sample of a row, called at once and as a job: the bits of exact results, and how far others are off. */
async function digestOfRow(backend: Backend, row: PreparedRow, subject: DigestSubject, options: DigestOptions) {
  const rows = Object.entries(subject.abi.rows).map(([name, each]) => prepareRow(name, each))
  const samplesOf = (name: string): Sample[] => subject.samples[name](createSampleSource(0x5eed))
  const parts: Uint8Array[] = []
  const deviations: string[] = []
  for (const sample of samplesOf(row.name)) {
    for (const invoke of row.span === undefined ? [call] : [call, start]) {
      const outcome = await runSample(backend, row, sample, { rows, samplesOf, invoke })
      parts.push(text(String(outcome.status)))
      if (isExact(row, sample)) for (const [name, left] of outcome.bytes) parts.push(text(name), left.slice())
      else {
        const expected = await runSample(options.reference, row, sample, { rows, samplesOf, invoke: call })
        deviations.push(...[deviation(row, expected, outcome)].filter((found) => found !== undefined))
      }
    }
  }
  return { digest: options.sha256(joined(parts)), deviations }
}

async function digestRows(subject: DigestSubject, options: DigestOptions, report: DigestReport): Promise<void> {
  for (const [name, row] of Object.entries(subject.abi.rows)) {
    const prepared = prepareRow(name, row)
    for (const [label, backend] of options.backends) {
      const { digest, deviations } = await digestOfRow(backend, prepared, subject, options)
      report.failures.push(...deviations.map((found) => `row ${name} on ${label}: ${found}`))
      report.digests[`row ${name}`] ??= digest
      if (digest !== report.digests[`row ${name}`]) report.failures.push(`row ${name}: ${label} gives other bits`)
    }
  }
}

/** A golden's failure is a failure here; its digest says that it ran. */
async function runGoldens(
  kernel: Kernel,
  { goldens, spec }: DigestSubject,
  options: DigestOptions,
  report: DigestReport,
) {
  for (const [name, differences] of Object.entries(goldens)) {
    const found = await differences(kernel, { spec, sha256: options.sha256 })
    report.digests[`golden ${name}`] = options.sha256(text(JSON.stringify(found)))
    if (found.length > 0) report.failures.push(`golden ${name}: ${JSON.stringify(found.slice(0, 2))}`)
  }
}

/** Runs all of it. Rejects where the kernel doesn't load. */
export async function runDigests(subject: DigestSubject, options: DigestOptions): Promise<DigestReport> {
  const kernel = await subject.load(options.load)
  const { backend } = kernel
  const report: DigestReport = { backend, labels: [...options.backends.keys()], digests: {}, failures: [] }
  await digestRows(subject, options, report)
  await runGoldens(kernel, subject, options, report)
  kernel.dispose()
  const printed: string[] = []
  await subject.example({ log: (...values) => printed.push(values.map(String).join(' ')) })
  report.digests['README example'] = options.sha256(text(printed.join('\n')))
  return report
}
