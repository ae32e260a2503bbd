// Cargo: whether it is here, for which targets it builds, and with what environment.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, isRust, kernels } from './paths.mjs'
import { capture } from './run.mjs'

/** Kernels whose cores are members of the workspace native/Cargo.toml. */
export const rustKernels = kernels.filter(isRust)

const firstLine = (text) => text?.split('\n', 1)[0]

/** The oldest Rust that native/Cargo.toml allows, as [major, minor]. */
const floor = () =>
  /rust-version = "(\d+)\.(\d+)"/
    .exec(readFileSync(at('native', 'Cargo.toml'), 'utf8'))
    .slice(1)
    .map(Number)

function remedy() {
  if (process.platform === 'win32') return 'winget install Rustlang.Rustup'
  if (existsSync('/etc/alpine-release')) return 'apk add rustup gcc && rustup-init -y'
  if (existsSync('/etc/arch-release')) return 'sudo pacman -S rust'
  return "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
}

/** As `detectToolchain` for the Rust cores. Their linker is the C compiler's, without which rustc says so itself. */
export function detectRust() {
  // UKERNELS_NO_RUST=1 acts as if there were no cargo, to see what its users see.
  const hidden = process.env.UKERNELS_NO_RUST === '1'
  const cargo = hidden ? undefined : firstLine(capture('cargo', ['--version']))
  const [major, minor] = (/^cargo (\d+)\.(\d+)/.exec(cargo ?? '') ?? [0, 0, 0]).slice(1).map(Number)
  const [needMajor, needMinor] = floor()
  const recent = major > needMajor || (major === needMajor && minor >= needMinor)
  const missing = recent ? [] : [`cargo ${needMajor}.${needMinor} or later`]
  return { versions: { cargo }, missing, remedy: remedy(), stamp: recent ? cargo : 'no Rust' }
}

/** Rust's names of the prebuilds' targets. */
export const triples = {
  'darwin-arm64': 'aarch64-apple-darwin',
  'darwin-x64': 'x86_64-apple-darwin',
  'linux-arm64-glibc': 'aarch64-unknown-linux-gnu',
  'linux-arm64-musl': 'aarch64-unknown-linux-musl',
  'linux-x64-glibc': 'x86_64-unknown-linux-gnu',
  'linux-x64-musl': 'x86_64-unknown-linux-musl',
  'win32-x64': 'x86_64-pc-windows-msvc',
}

/** Debian's cross linkers. */
const linkers = { 'linux-arm64-glibc': 'aarch64-linux-gnu-gcc', 'linux-x64-glibc': 'x86_64-linux-gnu-gcc' }

/** The environment in which cargo builds for a target other than this machine; `runner` runs what it built. */
export function crossEnvironment(target, runner = []) {
  const name = `CARGO_TARGET_${triples[target].toUpperCase().replaceAll('-', '_')}`
  const env = { ...process.env }
  if (linkers[target]) env[`${name}_LINKER`] ??= linkers[target]
  if (runner.length > 0) env[`${name}_RUNNER`] = runner.join(' ')
  // Without rustup's standard library for the target it is built from source, which Debian packages.
  if (!hasStandardLibrary(target))
    Object.assign(env, { RUSTC_BOOTSTRAP: '1', CARGO_UNSTABLE_BUILD_STD: 'std,panic_unwind' })
  return env
}

const inSysroot = (...parts) => {
  const sysroot = capture('rustc', ['--print', 'sysroot'], { cwd: at('native') })
  return sysroot !== undefined && existsSync(join(sysroot, 'lib', 'rustlib', ...parts))
}
/**
 * The environment of addons that are published: Rust's standard library is built with them, from the component rust-src,
 * without what reads debug information to name a panic's callers, 200 kB. A panic is still reported, with its place.
 */
export const publishedStd = {
  RUSTC_BOOTSTRAP: '1',
  CARGO_UNSTABLE_BUILD_STD: 'std,panic_unwind',
  CARGO_UNSTABLE_BUILD_STD_FEATURES: 'panic-unwind,optimize_for_size',
}

/** Why addons can't be built as they are published, or undefined. */
export const lacksPublishedStd = () =>
  inSysroot('src', 'rust', 'library')
    ? undefined
    : 'no sources of the Rust standard library: rustup component add rust-src'

const hasStandardLibrary = (target) => inSysroot(triples[target], 'lib')

/** Why cargo can't build for a target here, or undefined. */
export function lacksTarget(target) {
  if (hasStandardLibrary(target) || inSysroot('src', 'rust', 'library')) return undefined
  return `no Rust standard library for ${target}: rustup target add ${triples[target]}`
}
