import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Addon, checkNativeFile, nativeTarget } from '@ukernels/runtime'

/** The folder of a kernel's package. */
export const packageFolder = (kernel: string) => new URL(`../../../packages/${kernel}/`, import.meta.url)

/** A kernel's addon of this machine, if it was built. */
export function openAddon(kernel: string): Addon | undefined {
  const folder = packageFolder(kernel)
  try {
    const loadAddon = createRequire(folder)(fileURLToPath(new URL('native.cjs', folder)))
    return loadAddon(nativeTarget(), checkNativeFile) as Addon
  } catch {
    return undefined
  }
}
