import type { Abi, Merge, Param, ReportField, ReportParam, Row } from './abi.js'
import type { Report } from './backend.js'

type FieldsOf<P extends readonly Param[]> = Extract<P[number], ReportParam<Record<string, ReportField>>>['fields']

const NEUTRAL_I64: Record<Merge, bigint> = { sum: 0n, max: 0n, min: 2n ** 63n - 1n }
const NEUTRAL_F64: Record<Merge, number> = { sum: 0, max: 0, min: Number.POSITIVE_INFINITY }

/** The fields of a row's report in slot order; empty when the row has none. */
export function reportFields(row: Row): [string, ReportField][] {
  const param = row.params.find((p) => p.kind === 'report')
  return param?.kind === 'report' ? Object.entries(param.fields as Record<string, ReportField>) : []
}

/**
 * A caller-owned report of a row: a Float64Array of 8-byte slots whose fields are also properties by
 * name. Reusable: every call starts by clearing it.
 */
export function createReport<P extends readonly Param[]>(row: Row<P>): Report<FieldsOf<P>> {
  const fields = reportFields(row as unknown as Row)
  const slots = new Float64Array(fields.length)
  const words = new BigInt64Array(slots.buffer)
  Object.defineProperty(slots, 'words', { value: words })
  fields.forEach(([name, { type }], i) => {
    Object.defineProperty(slots, name, { get: type === 'i64' ? () => words[i] : () => slots[i] })
  })
  return slots as Report<FieldsOf<P>>
}

/** The report of a table's row. */
export type ReportOf<A extends Abi, K extends keyof A['rows']> = Report<FieldsOf<A['rows'][K]['params']>>

/** Makes the reports of a table. */
export const reportsOf =
  <A extends Abi>(abi: A) =>
  <K extends keyof A['rows'] & string>(row: K): ReportOf<A, K> =>
    createReport(abi.rows[row] as Row) as ReportOf<A, K>

/** Clears and merges report slots of one row; slot s of either side lies at element `at + s`. */
export class ReportMerger {
  readonly count: number
  readonly #merges: readonly Merge[]
  /** Per slot, its neutral element as what its type takes. */
  readonly #numbers: readonly number[]
  readonly #bigints: readonly bigint[]
  /** Slots of 64-bit integers. */
  readonly #integers: readonly number[]

  constructor(row: Row) {
    const fields = reportFields(row).map(([, field]) => field)
    this.count = fields.length
    this.#merges = fields.map(({ merge }) => merge)
    this.#numbers = fields.map(({ merge }) => NEUTRAL_F64[merge])
    this.#bigints = fields.map(({ merge }) => NEUTRAL_I64[merge])
    this.#integers = fields.flatMap(({ type }, i) => (type === 'i64' ? [i] : []))
  }

  clear(slots: Float64Array, words: BigInt64Array, at: number): void {
    for (let i = 0; i < this.count; i++) slots[at + i] = this.#numbers[i]
    for (const i of this.#integers) words[at + i] = this.#bigints[i]
  }

  /** Merges a chunk's slots into the caller's report; the first chunk replaces it. */
  merge(into: Report, first: boolean, slots: Float64Array, words: BigInt64Array, at: number): void {
    const integers = this.#integers
    for (let i = 0, k = 0; i < this.count; i++) {
      if (integers[k] === i) {
        k++
        into.words[i] = first ? words[at + i] : combine(this.#merges[i], into.words[i], words[at + i])
      } else into[i] = first ? slots[at + i] : combine(this.#merges[i], into[i], slots[at + i])
    }
  }
}

function combine<T extends number | bigint>(merge: Merge, a: T, b: T): T {
  if (merge === 'sum') return ((a as number) + (b as number)) as T
  if (merge === 'max') return b > a ? b : a
  return b < a ? b : a
}
