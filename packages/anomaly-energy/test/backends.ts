/** The backends that every test body runs on: the plain reference, and what ships. */
import { type AnomalyEnergyKernel, load } from '@ukernels/anomaly-energy'
import { kernelsOf, type NamedKernel } from '@ukernels/test-kit'
import { AnomalyEnergyKernel as Kernel } from '../dist/kernel.js'
import { createReference } from './reference/index.js'

async function openReference(): Promise<AnomalyEnergyKernel> {
  const info = { backend: 'wasm', target: 'test', isa: 'reference', threads: 1, version: '', passedOver: [] } as const
  return new Kernel(createReference(), info)
}

const { all: shipped, kinds } = kernelsOf(new URL('../', import.meta.url), load)
const reference: NamedKernel<AnomalyEnergyKernel> = { label: 'reference', open: openReference }

export { kinds }
export const backends = [reference, ...shipped]
