/** What the first peer that does an operation leaves, so that the others are compared with it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** File of f64 numbers in which the first peer that does an operation leaves its result. */
export const referenceFile = (data: string, operation: string) =>
  join(data, `${operation.replaceAll(/[^a-z0-9]+/gi, '-')}.reference.f64`)

/** What the first peer found; undefined where nobody left anything. */
export function readReference(data: string, operation: string): Float64Array | undefined {
  const path = referenceFile(data, operation)
  return existsSync(path) ? new Float64Array(Uint8Array.from(readFileSync(path)).buffer) : undefined
}
