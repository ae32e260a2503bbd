// Where things lie, and which kernels there are.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A path under the repository's root. */
export const at = (...parts) => join(root, ...parts)

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** Names of the kernels, that is the folders of native/ that are workspaces. */
export const kernels = readdirSync(at('native')).filter((name) => existsSync(at('native', name, 'package.json')))

/** Whether a kernel's native core is written in Rust; else it is C++. */
export const isRust = (kernel) => existsSync(at('native', kernel, 'Cargo.toml'))

/** Folders of the packages that are published. */
export const publishedPackages = readdirSync(at('packages')).filter((name) => {
  const manifest = at('packages', name, 'package.json')
  return existsSync(manifest) && !readJson(manifest).private
})

/** The kernel named on the command line, checked. */
export function kernelArgument(name, usage) {
  if (kernels.includes(name)) return name
  console.error(`usage: ${usage}\nkernels: ${kernels.join(', ')}`)
  process.exit(2)
}
