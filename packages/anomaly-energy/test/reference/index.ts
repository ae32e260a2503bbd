/**
 * Every row of the table in plain TypeScript, straight from its comment: the oracle of both backends. Tolerance rows
 * use f64 or the exact order, whichever is plainer. It trusts its arguments.
 */
import type { Backend } from '@ukernels/runtime'
import type { AnomalyEnergyAbi } from '../../src/abi.js'
import { convRows } from './conv.js'
import { gaussianRows } from './gaussian.js'
import { mapRows } from './maps.js'
import { patchRows } from './patch.js'
import { rankRows } from './ranks.js'
import type { Rows } from './rows.js'

const rows: Rows = { ...gaussianRows, ...patchRows, ...convRows, ...mapRows, ...rankRows }

/** A backend that is right and slow. */
export function createReference(): Backend<AnomalyEnergyAbi> {
  const start = Object.fromEntries(
    Object.entries(rows).map(([name, fn]) => [
      name,
      async (args: unknown[]) => (fn as (...a: unknown[]) => number)(...args),
    ]),
  )
  return {
    kind: 'wasm',
    call: rows,
    start,
    createBuffer: () => undefined,
    info: () => ({ isa: 'reference', threads: 1 }),
    dispose() {},
  } as unknown as Backend<AnomalyEnergyAbi>
}
