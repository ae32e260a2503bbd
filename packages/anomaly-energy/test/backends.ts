/** The backends that every test body runs on: the plain reference, wasm, and native with each instruction set and 1, 2, 4 threads. */
import { type AnomalyEnergyKernel, load } from '@ukernels/anomaly-energy'
import { type Addon, checkNativeFile, nativeTarget } from '@ukernels/runtime'
import { describe } from 'vitest'
import loadAddon from '#native'
import { AnomalyEnergyKernel as Kernel } from '../dist/kernel.js'
import { createReference } from './reference/index.js'

export interface NamedBackend {
  label: string
  open(): Promise<AnomalyEnergyKernel>
}

// The same tests run in a browser, on wasm.
const isNode = typeof document === 'undefined'

/** Instruction sets of the addon on this machine; none in a browser, and when it isn't built. */
function nativeIsas(): string[] {
  try {
    const { isas } = loadAddon(String(nativeTarget()), checkNativeFile) as Addon
    return isas
  } catch (error) {
    if (isNode && process.env.CI === 'true') throw error
    return []
  }
}

/** Loads the native kernel with an instruction set forced. */
async function openNative(isa: string, threads: number): Promise<AnomalyEnergyKernel> {
  const before = process.env.UKERNELS_ISA
  process.env.UKERNELS_ISA = isa
  try {
    return await load({ backend: 'native', threads })
  } finally {
    if (before === undefined) delete process.env.UKERNELS_ISA
    else process.env.UKERNELS_ISA = before
  }
}

async function openReference(): Promise<AnomalyEnergyKernel> {
  const info = { backend: 'wasm', target: 'test', isa: 'reference', threads: 1, version: '', passedOver: [] } as const
  return new Kernel(createReference(), info)
}

const natives = nativeIsas()

/** What ships. */
export const shipped: NamedBackend[] = [
  ...natives.flatMap((isa) =>
    [1, 2, 4].map((threads) => ({
      label: `native ${isa}, ${threads} thread(s)`,
      open: () => openNative(isa, threads),
    })),
  ),
  { label: 'wasm', open: () => load({ backend: 'wasm' }) },
]

export const reference: NamedBackend = { label: 'reference', open: openReference }

export const backends: NamedBackend[] = isNode ? [reference, ...shipped] : shipped

/** One backend of each kind, for what doesn't depend on instruction sets. */
export const kinds: NamedBackend[] = shipped.filter(
  ({ label }) => label === 'wasm' || label === `native ${natives[natives.length - 1]}, 4 thread(s)`,
)

if (isNode && natives.length === 0) describe.skip('native backends: the addon is not built', () => {})
