// The Rust cores' own tests: on this machine, for arm64 under qemu, and under a sanitizer; clippy and rustfmt.
import { lacksArm64, onArm64, tee } from './core-tests.mjs'
import { at } from './paths.mjs'
import { capture, run } from './run.mjs'
import { crossEnvironment, lacksTarget, triples } from './rust.mjs'
import { ran, skippedRunner } from './totals.mjs'

const cwd = at('native')

/** Sums cargo's `test result:` lines. Ignored tests are the slow ones, which `npm run test:slow` runs. */
function totals(title, { code, text }) {
  const results = [...text.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed/gm)]
  const count = (index) => results.reduce((sum, match) => sum + Number(match[index]), 0)
  const failed = count(2)
  return ran(title, count(1), code !== 0 && failed === 0 ? 1 : failed)
}

async function cargoTest(title, args, env = process.env) {
  console.log(`\n— ${title}`)
  return totals(title, await tee(['cargo', ...args], { cwd, env }))
}

export const runCargoTest = () => cargoTest('cargo test', ['test', '--workspace', '--locked'])

/** One core's slow tests, and what the cores share. */
export const runCargoTestSlow = (kernel) =>
  cargoTest('cargo test, slow', ['test', '-p', kernel, '-p', 'common-rs', '--locked', '--release', '--', '--ignored'])

export async function runCargoTestArm64() {
  const title = 'cargo test, arm64'
  const target = 'linux-arm64-glibc'
  const lacks = lacksArm64() ?? lacksTarget(target)
  if (lacks) return skippedRunner(title, lacks)
  const args = ['test', '--workspace', '--locked', '--lib', '--tests', '--target', triples[target]]
  return cargoTest(title, args, crossEnvironment(target, onArm64([])))
}

/** AddressSanitizer is nightly's: slow, and only where nightly is. */
export async function runCargoTestSanitized() {
  const title = 'cargo test, AddressSanitizer'
  const host = /^host: (.*)$/m.exec(capture('cargo', ['+nightly', '--version', '--verbose']) ?? '')?.[1]
  if (process.platform !== 'linux' || !host)
    return skippedRunner(title, 'no nightly Rust: rustup toolchain install nightly')
  const args = ['+nightly', 'test', '--workspace', '--locked', '--lib', '--tests', '--target', host]
  return cargoTest(title, args, {
    ...process.env,
    RUSTFLAGS: '-Zsanitizer=address',
    CARGO_TARGET_DIR: at('native', 'target', 'sanitized'),
  })
}

/** Checks of `npm run ready`; each resolves with an exit code. */
export const rustChecks = [
  ['format (rustfmt)', () => run('cargo', ['fmt', '--all', '--check'], { cwd })],
  [
    'lint (clippy)',
    () =>
      run('cargo', ['clippy', '--workspace', '--all-targets', '--locked', '--quiet', '--', '-D', 'warnings'], { cwd }),
  ],
]
