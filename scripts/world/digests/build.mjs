// Bundles a kernel's digest programs: one for Node, Bun and Deno, which leaves the kernel itself to be resolved there
// as a user's import would be, and a page's and a worker's script, with everything in them.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readmeExample } from '../../lib/pack.mjs'
import { at } from '../../lib/paths.mjs'

/** Where a kernel's programs lie. */
export const digestsFolder = (kernel) => at('.cache', 'world', 'digests', kernel)

const isImport = (line) => /^import .* from /.test(line)
const quoted = (...parts) => JSON.stringify(at(...parts))

/** Source of the module that says what there is to run of a kernel: see DigestSubject in packages/test-kit. */
function subjectSource(kernel) {
  const lines = readmeExample(kernel).split('\n')
  const specFolder = existsSync(at('spec', kernel)) ? readdirSync(at('spec', kernel)) : []
  const specs = specFolder.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
  const goldens = existsSync(at('packages', kernel, 'test', 'goldens.ts'))
  return [
    ...lines.filter(isImport),
    `import * as kernelPackage from '@ukernels/${kernel}'`,
    `import { abi, samples } from ${quoted('packages', kernel, 'dist', 'abi.js')}`,
    goldens ? `import { goldens } from ${quoted('packages', kernel, 'test', 'goldens.ts')}` : 'const goldens = {}',
    ...specs.map((name, i) => `import spec${i} from ${quoted('spec', kernel, `${name}.json`)}`),
    `const spec = { ${specs.map((name, i) => `${JSON.stringify(name)}: spec${i}`).join(', ')} }`,
    `async function example(console) {\n${lines.filter((line) => !isImport(line)).join('\n')}\n}`,
    `export const kernelName = ${JSON.stringify(kernel)}`,
    'export const subject = { abi, samples, load: kernelPackage.load, goldens, spec, example }',
  ].join('\n')
}

/** Builds them and returns their folder. */
export async function buildDigests(kernel) {
  // Imported late: what imports this file begins by installing it.
  const { build } = await import('esbuild')
  const folder = digestsFolder(kernel)
  mkdirSync(folder, { recursive: true })
  const subject = join(folder, 'subject.mjs')
  writeFileSync(subject, subjectSource(kernel))
  const common = { bundle: true, format: 'esm', target: 'es2022', alias: { '#subject': subject }, logLevel: 'warning' }
  await build({
    ...common,
    entryPoints: [at('scripts', 'world', 'digests', 'server.mjs')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    external: ['@ukernels/runtime', `@ukernels/${kernel}`],
  })
  await build({
    ...common,
    entryPoints: ['page', 'worker'].map((name) => at('scripts', 'world', 'digests', `${name}.mjs`)),
    outdir: folder,
    platform: 'browser',
  })
  return folder
}
