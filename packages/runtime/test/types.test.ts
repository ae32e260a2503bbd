/** The declarations type-check strictly whatever type libraries a project has. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const require = createRequire(import.meta.url)
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
const folder = mkdtempSync(join(tmpdir(), 'ukernels-'))
const link = (target: string, name: string) => {
  mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
  symlinkSync(target, join(folder, 'node_modules', name), 'junction')
}
link(fileURLToPath(new URL('..', import.meta.url)), '@ukernels/runtime')
link(dirname(require.resolve('@types/node/package.json')), '@types/node')
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
writeFileSync(
  join(folder, 'use.ts'),
  `import { type Kernel, type LoadOptions, Philox } from '@ukernels/runtime'
export const word: number = new Philox(1n).word(0)
export const use = (kernel: Kernel, options: LoadOptions): string => kernel.info().isa + (options.backend ?? 'auto')
`,
)
afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ['Node', ['node'], ['es2022']],
  ['the web', [], ['es2022', 'dom']],
  ['a worker, newest', [], ['esnext', 'webworker']],
  ['both', ['node'], ['esnext', 'dom']],
  ['neither', [], ['es2022']],
])('with the types of %s', (_, types, lib) => {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types,
    lib,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})
