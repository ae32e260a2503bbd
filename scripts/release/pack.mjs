// Packs every published package, after looking at each addon that a release must have. The tarballs are what is then
// tried on every system (try.mjs) and published (publish.mjs): nothing is packed twice.
//
//   node scripts/release/pack.mjs <folder> [--addons <folder> | --local]
//
// --addons: they are taken from <folder>/<kernel>/<target>.node. --local: this machine's own build is enough.
// A package beyond its limits (limits.mjs) is an error. In a workflow the manifests get the repository's address, which provenance is compared with.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pack, withDependencies } from '../lib/pack.mjs'
import { at, kernels, publishedPackages, readJson } from '../lib/paths.mjs'
import { hostTarget } from '../lib/toolchain.mjs'
import { targets as released } from '../native-loader.mjs'
import { overLimits } from './limits.mjs'
import { kernelFaults } from './prebuilds.mjs'

const options = { addons: { type: 'string' }, local: { type: 'boolean' } }
const { values, positionals } = parseArgs({ allowPositionals: true, options })
const folder = positionals[0]
const targets = values.local ? [hostTarget()] : released

/** A package before those that depend on it, so that what is published can always be installed. */
const inOrder = [...new Set(publishedPackages.flatMap((name) => withDependencies(name).reverse()))]

/** The addons of a release come from the systems that built them. */
function placeAddons(from) {
  for (const kernel of kernels) {
    const prebuilds = at('packages', kernel, 'prebuilds')
    rmSync(prebuilds, { recursive: true, force: true })
    if (existsSync(join(from, kernel))) cpSync(join(from, kernel), prebuilds, { recursive: true })
  }
}

function nameRepository() {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
  if (!GITHUB_REPOSITORY) return
  for (const name of publishedPackages) {
    const file = at('packages', name, 'package.json')
    const manifest = readJson(file)
    manifest.repository.url = `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`
    writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
  }
}

/** What a tarball holds of what limits are about. */
function sizesIn(name, { bytes, files }) {
  const sizeOf = (path) => files.find((each) => each.path === path)?.bytes
  const addons = targets.map((target) => [target, sizeOf(`prebuilds/${target}.node`)]).filter(([, size]) => size)
  return { tarball: bytes, wasm: sizeOf(`dist/${name}.wasm`), addons: Object.fromEntries(addons) }
}

/** Writes the tarballs, and beside them a list that publish.mjs and try.mjs read; returns what is too large. */
function packAll() {
  nameRepository()
  mkdirSync(folder, { recursive: true })
  const tooLarge = []
  const tarballs = inOrder.map((name) => {
    const packed = pack(name, folder)
    const { file, bytes, integrity } = packed
    // This machine's own build is not what is published.
    if (!values.local) tooLarge.push(...overLimits(name, sizesIn(name, packed)))
    const manifest = readJson(at('packages', name, 'package.json'))
    console.log(`${manifest.name} ${manifest.version}: ${bytes} bytes`)
    return { folder: name, name: manifest.name, version: manifest.version, file, integrity }
  })
  writeFileSync(join(folder, 'tarballs.json'), `${JSON.stringify(tarballs, null, 2)}\n`)
  return tooLarge
}

if (!folder) {
  console.error('usage: node scripts/release/pack.mjs <folder> [--addons <folder> | --local]')
  process.exit(2)
}
if (values.addons) placeAddons(values.addons)
const faulty = kernels.flatMap((kernel) => kernelFaults(kernel, targets, { local: values.local }))
const faults = faulty.length > 0 ? faulty : packAll()
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
