// The arrows of ARCHITECTURE.md: who may import whom. A kernel never imports a kernel, but for the two that
// are made of others; nothing reaches into a folder that isn't its own or its shared one.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { importsIn } from './lib/imports.mjs'
import { at, isRust, kernels, root } from './lib/paths.mjs'

/** Kernels that compose others, through their public APIs. */
const composed = {
  'batch-sim': ['batch-render'],
  molecules: ['tree-search', 'recurrent'],
}

const name = (kernel) => `@ukernels/${kernel}`

/** Per folder: the folders that a relative import may reach, and the workspaces that may be imported by name. */
const areas = [
  { folder: 'packages/runtime', reach: [], names: [], tests: [name('runtime')] },
  {
    folder: 'packages/test-kit',
    reach: [],
    names: [name('runtime')],
    tests: [name('test-kit')],
    crates: ['common-rs'],
  },
  ...kernels.flatMap((kernel) => [
    {
      folder: `packages/${kernel}`,
      reach: [],
      names: [name('runtime'), ...(composed[kernel] ?? []).map(name)],
      tests: [name('test-kit'), name(kernel)],
    },
    { folder: `native/${kernel}`, reach: ['native/common'], names: [], crates: ['common-rs'] },
    // A core's tests may take the kernel's table, and the plain reference that the package's tests have.
    {
      folder: `wasm/${kernel}`,
      reach: ['wasm/common'],
      names: [],
      tests: [name('runtime'), name('test-kit')],
      testReach: [`packages/${kernel}`],
    },
  ]),
  { folder: 'native/common', reach: [], names: [] },
  { folder: 'native/common-rs', reach: [], names: [], crates: [] },
  { folder: 'wasm/common', reach: [], names: [] },
  // A benchmark of every row needs the table, which no package exports.
  {
    folder: 'benchmarks',
    reach: [...kernels.map((kernel) => `packages/${kernel}/src`), 'scripts/world'],
    names: [name('runtime'), name('test-kit'), ...kernels.map(name)],
  },
  { folder: 'examples', reach: [], names: [name('runtime'), ...kernels.map(name)] },
]

const skipped = new Set(['node_modules', 'dist', 'build', 'target', 'generated', 'prebuilds'])

function* filesOf(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name) && !entry.name.startsWith('.')) yield* filesOf(path)
    } else if (/\.([cm]?[jt]s|h|cc)$|^Cargo\.toml$/.test(entry.name)) yield path
  }
}

const crates = ['common-rs', ...kernels.filter(isRust)]

/** The workspace's crates that a Cargo.toml depends on, as `crate <name>`. */
function cratesOf(text) {
  const sections = text.split(/^\[/m).filter((section) => /^[^\]]*dependencies\]/.test(section))
  const names = sections.flatMap((section) => [...section.matchAll(/^([\w-]+)(?=[ .=])/gm)].map((match) => match[1]))
  return names.filter((name) => crates.includes(name)).map((name) => `crate ${name}`)
}

/** What a file imports or includes, as written. */
function importsOf(path) {
  const text = readFileSync(path, 'utf8')
  if (path.endsWith('.toml')) return cratesOf(text)
  if (!/\.(h|cc)$/.test(path)) return importsIn(text)
  return [...text.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map((match) => match[1])
}

const inside = (folder, path) => path === folder || path.startsWith(folder + sep)

const inTests = (path) => path.split(sep).includes('test')

/** Why an import breaks a rule, or undefined. */
function broken(area, path, target) {
  if (target.startsWith('@ukernels/') && !target.includes('${')) {
    const allowed = [...area.names, ...(inTests(path) ? (area.tests ?? []) : [])]
    const workspace = target.split('/').slice(0, 2).join('/')
    return allowed.includes(workspace) ? undefined : `may import ${allowed.join(', ') || 'no other workspace'}`
  }
  if (target.startsWith('crate ')) {
    const allowed = [...(area.crates ?? []), basename(area.folder)]
    return allowed.includes(target.slice('crate '.length)) ? undefined : `may use ${allowed.join(', ')}`
  }
  if (!target.startsWith('.')) return undefined
  const resolved = join(dirname(path), target)
  const reach = [area.folder, ...area.reach, ...(inTests(path) ? ['scripts', 'spec', ...(area.testReach ?? [])] : [])]
  if (reach.some((folder) => inside(at(folder), resolved))) return undefined
  return `reaches outside ${reach.join(', ')}`
}

const problems = areas
  .filter(({ folder }) => existsSync(at(folder)))
  .flatMap((area) =>
    [...filesOf(at(area.folder))].flatMap((path) =>
      importsOf(path).flatMap((target) => {
        const why = broken(area, path, target)
        return why ? [`${relative(root, path)}: '${target}': ${area.folder} ${why}`] : []
      }),
    ),
  )
for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'import arrows: all as drawn' : `import arrows: ${problems.length} broken`)
process.exitCode = problems.length === 0 ? 0 : 1
