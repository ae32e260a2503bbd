// Builds the every-kind fixture: the addons with the C++ compiler and the cargo at hand, the module with asc.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { cppFiles } from '../../../../scripts/abi/cpp-files.mjs'
import { rustFiles } from '../../../../scripts/abi/rust-files.mjs'
import { headerArguments } from '../../../../scripts/node-gyp.mjs'
import { abi } from './abi.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const require = createRequire(import.meta.url)

/** Compiles assembly.ts; resolves with the module's bytes. */
export async function buildWasm(folder) {
  const outFile = join(folder, 'every-kind.wasm')
  const flags = ['-O3', '--runtime', 'stub', '--noAssert', '--baseDir', here, '--outFile', outFile]
  const { error, stderr } = await asc.main(['assembly.ts', ...flags])
  if (error) throw new Error(stderr.toString())
  return readFileSync(outFile)
}

function writeAll(folder, files) {
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  }
}

/** Generates the C++ registration and compiles the addon; returns its path. */
export function buildCppAddon(folder) {
  const generated = join(folder, 'generated')
  writeAll(generated, cppFiles(abi, 'every-kind/abi.mjs', 'kernels.h'))
  const headers = join(headerArguments()[0].slice('--nodedir='.length), 'include', 'node')
  const addonApi = JSON.parse(require('node-addon-api').include)
  const includes = [join(here, 'src'), generated, join(here, '../../../../native/common'), addonApi, headers]
  const defines = [
    'UKERNELS_VERSION="0.0.0"',
    'NODE_GYP_MODULE_NAME=every_kind',
    'NAPI_VERSION=8',
    'NAPI_DISABLE_CPP_EXCEPTIONS',
  ]
  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread']
  const addon = join(folder, 'every-kind-cpp.node')
  execFileSync(process.env.CXX ?? 'c++', [
    ...[
      '-std=c++17',
      '-O1',
      '-fPIC',
      '-fno-exceptions',
      '-fno-rtti',
      '-fvisibility=hidden',
      '-Wall',
      '-Wextra',
      '-Werror',
    ],
    ...shared,
    ...includes.flatMap((path) => ['-I', path]),
    ...defines.map((define) => `-D${define}`),
    join(generated, 'registration.cc'),
    '-o',
    addon,
  ])
  return addon
}

/** Generates the Rust registration and compiles the addon, in the fixture's own folder so that cargo keeps what is current; returns its path. */
export function buildRustAddon(folder) {
  const crate = join(here, 'rust')
  writeAll(join(crate, 'generated'), rustFiles(abi, 'every-kind/abi.mjs'))
  const env = { ...process.env, UKERNELS_VERSION: '0.0.0' }
  execFileSync('cargo', ['build', '--quiet', '--locked'], { cwd: crate, env, stdio: 'inherit' })
  const library = { darwin: 'libevery_kind.dylib', win32: 'every_kind.dll' }[process.platform] ?? 'libevery_kind.so'
  const addon = join(folder, 'every-kind-rust.node')
  copyFileSync(join(crate, 'target', 'debug', library), addon)
  return addon
}
