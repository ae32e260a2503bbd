// Makes the folders of a new kernel with everything in them that isn't its own code, and names it where kernels are
// named. CONTRIBUTING.md says what comes next.
//
//   node scripts/new-kernel.mjs <kernel> <c++|rust> <description>
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, isRust, kernels, readJson } from './lib/paths.mjs'
import { run, runBin } from './lib/run.mjs'

const [kernel, language, description] = process.argv.slice(2)
if (!/^[a-z]+(-[a-z0-9]+)*$/.test(kernel ?? '') || !['c++', 'rust'].includes(language) || !description) {
  console.error('usage: node scripts/new-kernel.mjs <kernel> <c++|rust> <description>, the kernel in lower-kebab-case')
  process.exit(2)
}
if (existsSync(at('packages', kernel))) {
  console.error(`packages/${kernel} exists already`)
  process.exit(2)
}

const rust = language === 'rust'
/** The kernel that is copied from. */
const model = kernels.find((name) => isRust(name) === rust)

/** What is the same in every kernel but for its name. */
const copied = {
  packages: ['package.json', 'tsconfig.json', 'tsconfig.test.json', 'turbo.json', 'THIRD-PARTY-NOTICES.md'],
  native: [
    ...['package.json', 'turbo.json'],
    ...(rust ? ['Cargo.toml', 'build.rs'] : ['binding.gyp', 'core.gypi', 'core-test.gyp']),
  ],
  wasm: ['package.json', 'turbo.json', 'asconfig.json'],
}

for (const [group, files] of Object.entries(copied)) {
  mkdirSync(at(group, kernel))
  for (const file of files) {
    const text = readFileSync(at(group, model, file), 'utf8').replaceAll(model, kernel)
    writeFileSync(at(group, kernel, file), text)
  }
}

/** Changes a JSON file. */
function edit(path, change) {
  const value = readJson(at(path))
  change(value)
  writeFileSync(at(path), `${JSON.stringify(value, null, 2)}\n`)
}
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))

edit(join('packages', kernel, 'package.json'), (manifest) => {
  manifest.description = description
  manifest.version = '0.0.0'
  manifest.keywords = ['wasm', 'simd']
  const shared = ['.', './kernel.wasm', './package.json']
  manifest.exports = Object.fromEntries(shared.map((entry) => [entry, manifest.exports[entry]]))
  manifest.dependencies = { '@ukernels/runtime': manifest.dependencies['@ukernels/runtime'] }
  delete manifest.bin
  delete manifest.optionalDependencies
})
for (const user of ['benchmarks', 'examples/showcase'])
  edit(join(user, 'package.json'), (manifest) => {
    manifest.dependencies = sorted({ ...manifest.dependencies, [`@ukernels/${kernel}`]: '*' })
  })
edit('benchmarks/tsconfig.json', ({ references }) => references.push({ path: `../packages/${kernel}` }))
edit('tsconfig.json', ({ references }) => references.push({ path: `packages/${kernel}` }))
edit('docs/typedoc.json', ({ entryPoints }) => entryPoints.push(`../packages/${kernel}`))
if (rust) {
  // Without a root the workspace's other crates don't build either.
  mkdirSync(at('native', kernel, 'src'))
  writeFileSync(
    at('native', kernel, 'src', 'lib.rs'),
    `//! The Rust core of @ukernels/${kernel}: one module per topic, pure functions of one chunk.\n\ncommon_rs::expose!();\n`,
  )
  const workspace = at('native', 'Cargo.toml')
  const text = readFileSync(workspace, 'utf8')
  writeFileSync(
    workspace,
    text.replace(/^members = \[.*(?=\])/m, (members) => `${members}, "${kernel}"`),
  )
}

// A process of its own: which kernels there are is read at the start.
await run(process.execPath, [at('scripts', 'native-loader.mjs')])
// The length of a name decides where JSON breaks its lines.
await runBin('@biomejs/biome', ['format', '--write', '--log-level=error', '.'], { bin: 'biome' })
console.log(`packages/${kernel}, native/${kernel} and wasm/${kernel} are there; next: npm install`)
