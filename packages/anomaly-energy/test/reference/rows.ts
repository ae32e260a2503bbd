import type { Calls } from '@ukernels/runtime'
import type { AnomalyEnergyAbi } from '../../src/abi.js'

/** The low-level functions by name. */
export type Rows = Calls<AnomalyEnergyAbi['rows']>
