// A Rust core's addon, built by @napi-rs/cli.
import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { at } from './paths.mjs'
import { runBin } from './run.mjs'
import { crossEnvironment, triples } from './rust.mjs'

/**
 * Builds `native/<kernel>` and copies the addon to `made`; resolves with an exit code.
 *
 * @param target - of a cross build; without it the addon is this machine's
 */
export async function buildRustAddon(kernel, made, target) {
  const folder = at('native', kernel)
  const output = join(folder, 'build', target ?? 'host')
  const args = ['build', '--release', '--no-js', '--output-dir', output]
  if (target) args.push('--target', triples[target])
  const options = { bin: 'napi', cwd: folder, env: target ? crossEnvironment(target) : process.env }
  const code = await runBin('@napi-rs/cli', [...args, '--', '--locked'], options)
  if (code !== 0) return code
  mkdirSync(dirname(made), { recursive: true })
  copyFileSync(join(output, `${kernel}.node`), made)
  return 0
}
