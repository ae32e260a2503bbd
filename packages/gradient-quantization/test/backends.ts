/** The backends that every test body runs on: wasm, and native with each instruction set of this machine and 1, 2 and 4 threads. */
import { type GradientQuantizationKernel, load } from '@ukernels/gradient-quantization'
import { type Addon, checkNativeFile, nativeTarget } from '@ukernels/runtime'
import { describe } from 'vitest'
import loadAddon from '#native'

export interface NamedBackend {
  label: string
  open(): Promise<GradientQuantizationKernel>
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
async function openNative(isa: string, threads: number): Promise<GradientQuantizationKernel> {
  const before = process.env.UKERNELS_ISA
  process.env.UKERNELS_ISA = isa
  try {
    return await load({ backend: 'native', threads })
  } finally {
    if (before === undefined) delete process.env.UKERNELS_ISA
    else process.env.UKERNELS_ISA = before
  }
}

const natives = nativeIsas()

export const backends: NamedBackend[] = [
  ...natives.flatMap((isa) =>
    [1, 2, 4].map((threads) => ({
      label: `native ${isa}, ${threads} thread(s)`,
      open: () => openNative(isa, threads),
    })),
  ),
  { label: 'wasm', open: () => load({ backend: 'wasm' }) },
]

/** One backend of each kind, for what doesn't depend on instruction sets. */
export const kinds: NamedBackend[] = backends.filter(
  ({ label }) => label === 'wasm' || label === `native ${natives[natives.length - 1]}, 4 thread(s)`,
)

if (isNode && natives.length === 0) describe.skip('native backends: the addon is not built', () => {})
