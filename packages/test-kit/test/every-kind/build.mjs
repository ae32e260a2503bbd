// Builds the every-kind fixture into a folder: the addon with the C++ compiler at hand, the module with asc.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { cppFiles } from '../../../../scripts/abi/cpp-files.mjs'
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

/** Generates the registration and compiles the addon; returns its exports. */
export function buildAddon(folder) {
  const generated = join(folder, 'generated')
  mkdirSync(generated, { recursive: true })
  for (const [file, text] of Object.entries(cppFiles(abi, 'every-kind/abi.mjs', 'kernels.h')))
    writeFileSync(join(generated, file), text)
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
  const addon = join(folder, 'every-kind.node')
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
  return require(addon)
}
