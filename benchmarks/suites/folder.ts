/** Where a kernel's package lies. */
import { binariesIn } from '@ukernels/test-kit/binaries'

/** The folder of a kernel's package. */
export const packageFolder = (kernel: string) => new URL(`../../../packages/${kernel}/`, import.meta.url)

/** The addon and the module of a kernel. */
export const binaries = (kernel: string) => binariesIn(packageFolder(kernel), kernel)
