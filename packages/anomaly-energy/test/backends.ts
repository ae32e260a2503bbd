/** The backends that every test body runs on: the plain reference, wasm, and native with each instruction set and 1, 2, 4 threads. */
import { existsSync } from 'node:fs'
import { type AnomalyEnergyKernel, load } from '@ukernels/anomaly-energy'
import { type Addon, checkNativeFile, nativeTarget } from '@ukernels/runtime'
import { describe } from 'vitest'
import { AnomalyEnergyKernel as Kernel } from '../dist/kernel.js'
import loadAddon from '../native.cjs'
import { createReference } from './reference/index.js'

export interface NamedBackend {
  label: string
  open(): Promise<AnomalyEnergyKernel>
}

/** Instruction sets of the addon on this machine; none when it isn't built. */
function nativeIsas(): string[] {
  try {
    const { isas } = loadAddon(String(nativeTarget()), checkNativeFile) as Addon
    return isas
  } catch (error) {
    if (process.env.CI === 'true') throw error
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
const hasWasm = existsSync(new URL('../dist/anomaly-energy.wasm', import.meta.url))

/** What ships. */
export const shipped: NamedBackend[] = [
  ...natives.flatMap((isa) =>
    [1, 2, 4].map((threads) => ({
      label: `native ${isa}, ${threads} thread(s)`,
      open: () => openNative(isa, threads),
    })),
  ),
  ...(hasWasm ? [{ label: 'wasm', open: () => load({ backend: 'wasm' }) }] : []),
]

export const reference: NamedBackend = { label: 'reference', open: openReference }

export const backends: NamedBackend[] = [reference, ...shipped]

/** One backend of each kind, for what doesn't depend on instruction sets. */
export const kinds: NamedBackend[] = shipped.filter(
  ({ label }) => label === 'wasm' || label === `native ${natives[natives.length - 1]}, 4 thread(s)`,
)

if (natives.length === 0) describe.skip('native backends: the addon is not built', () => {})
