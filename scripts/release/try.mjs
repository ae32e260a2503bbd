// Installs each kernel from the tarballs that pack.mjs made into an empty folder, and runs its README's example there
// on native and on wasm: what a release does on every system before it is published.
//
//   node scripts/release/try.mjs <folder>
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { installTarballs, readmeExample, runNode, withDependencies } from '../lib/pack.mjs'
import { kernels, readJson } from '../lib/paths.mjs'

const folder = resolve(process.argv[2] ?? '.')
const tarballs = readJson(join(folder, 'tarballs.json'))
const tarballOf = (name) => join(folder, tarballs.find((tarball) => tarball.folder === name).file)

function tryKernel(kernel) {
  const consumer = installTarballs(withDependencies(kernel).map(tarballOf))
  try {
    writeFileSync(join(consumer.folder, 'example.mjs'), readmeExample(kernel))
    const run = (backend) => runNode(consumer.folder, 'example.mjs', { UKERNELS_BACKEND: backend })
    const [native, wasm] = [run('native'), run('wasm')]
    if (native !== wasm) throw new Error(`native printed\n${native}wasm printed\n${wasm}`)
    console.log(`${kernel}: native and wasm print the same\n${native}`)
  } finally {
    consumer.remove()
  }
}

for (const kernel of kernels) tryKernel(kernel)
