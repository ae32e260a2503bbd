// The built module behind the runtime's marshaller, its rows called by name with named arguments.
import { readFileSync } from 'node:fs'
import {
  type Backend,
  createWasmBackend,
  type Element,
  type ElementArrays,
  type PreparedRow,
  prepareRow,
  type Report,
  type Sample,
} from '@ukernels/runtime'
import { argumentsOf, call, createSampleSource } from '@ukernels/test-kit'
import { abi, samples } from '../../../packages/anomaly-energy/dist/abi.js'

type RowName = keyof typeof abi.rows
type AnyArray = ElementArrays[Element]

const bytes = readFileSync(new URL('../build/anomaly-energy.wasm', import.meta.url))
const backend = createWasmBackend(abi, new WebAssembly.Module(bytes)) as unknown as Backend

/** What a call left behind: its arrays and cells by parameter name, and its report. */
interface Outcome {
  status: number
  arrays: Record<string, AnyArray>
  report: Report & Record<string, number>
}

const prepared = new Map<string, PreparedRow>(
  Object.entries(abi.rows).map(([name, row]) => [name, prepareRow(name, row as never)]),
)

/** Calls a row. The sample is left as it was. */
export function run(name: RowName, sample: Sample): Outcome {
  const row = prepared.get(name) as PreparedRow
  const args = argumentsOf(row, sample)
  const status = call(backend, name, args)
  const arrays: Record<string, AnyArray> = {}
  let report: Outcome['report'] | undefined
  row.params.forEach((param, i) => {
    const value = args[row.args[i]] as AnyArray | undefined
    if (param.kind === 'report') report = value as Outcome['report']
    else if (value !== undefined && ArrayBuffer.isView(value)) arrays[param.name] = value
  })
  return { status, arrays, report: report as Outcome['report'] }
}

/** The table's samples of a row. */
export const samplesOf = (name: RowName): Sample[] => samples[name](createSampleSource(0x5eed))

/** A sample with its arrays and numbers typed for a reference. */
// biome-ignore lint/suspicious/noExplicitAny: samples are of many shapes
export type Loose = Record<string, any>

const bytesOf = ({ buffer, byteOffset, byteLength }: AnyArray) => new Uint8Array(buffer, byteOffset, byteLength)

/** Throws at the first element whose bits differ. Far faster than `toEqual` on long arrays. */
export function expectSame(found: AnyArray, expected: AnyArray): void {
  if (found.length !== expected.length) throw new Error(`${found.length} elements instead of ${expected.length}`)
  if (Buffer.compare(bytesOf(found), bytesOf(expected)) === 0) return
  const size = expected.BYTES_PER_ELEMENT
  const [a, b] = [bytesOf(found), bytesOf(expected)]
  const at = Math.floor(b.findIndex((byte, i) => byte !== a[i]) / size)
  throw new Error(`element ${at} of ${expected.length} is ${found[at]} instead of ${expected[at]}`)
}

/** Throws where an element is further from the expected one than `bound` times the largest expected magnitude. */
export function expectClose(found: AnyArray, expected: ArrayLike<number>, bound: number): void {
  if (found.length !== expected.length) throw new Error(`${found.length} elements instead of ${expected.length}`)
  let largest = 0
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]))
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(Number(found[i]) - expected[i]) <= bound * largest))
      throw new Error(`element ${i} is ${found[i]} instead of ${expected[i]}, the largest being ${largest}`)
  }
}
