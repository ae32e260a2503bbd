/** Which test files run on Node alone, on files written here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { needsNode } from '../lib/needs-node.mjs'
import { at } from '../lib/paths.mjs'

const folder = mkdtempSync(join(tmpdir(), 'ukernels-needs-node-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Writes files by name; returns the first one's path. */
function files(contents) {
  const paths = Object.entries(contents).map(([name, text]) => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  })
  return paths[0]
}

describe('needsNode', () => {
  it.each([
    ['imports a module of Node', "import { join } from 'node:path'\n"],
    ['imports one for its effects', "import 'node:fs'\n"],
    ['imports one later', "const fs = await import('node:fs')\n"],
    ['exports from one', "export { join } from 'node:path'\n"],
  ])('a file that %s', (name, text) => expect(needsNode(files({ [`${name}.ts`]: text }))).toBe(true))

  it.each([
    ['nothing', ''],
    ['a package', "import { expect } from 'vitest'\n"],
    ['a name that only looks like one', "import a from 'node-addon'\n"],
    ['one in a text', "const text = `\n  import a from 'node:fs'\n`\n"],
  ])('not a file that imports %s', (name, text) => expect(needsNode(files({ [`${name}.ts`]: text }))).toBe(false))

  it('follows relative imports, TypeScript named by what it becomes', () => {
    const importing = (name) => `import { a } from './${name}.js'\n`
    const deep = { 'c.ts': importing('d'), 'd.ts': importing('e'), 'e.ts': "import 'node:os'\n" }
    expect(needsNode(files(deep))).toBe(true)
    expect(needsNode(files({ ...deep, 'e.ts': '' }))).toBe(false)
  })

  it('ends where files import each other', () =>
    expect(needsNode(files({ 'ping.ts': "import './pong.js'\n", 'pong.ts': "import './ping.js'\n" }))).toBe(false))

  it('a file that is missing counts as one that does', () =>
    expect(needsNode(files({ 'alone.ts': "import './nowhere.js'\n" }))).toBe(true))

  it('what is built, and data, run everywhere', () => {
    const built = { 'uses.ts': "import './dist/index.js'\nimport data from './data.json'\n" }
    expect(needsNode(files({ ...built, 'dist/index.js': "import 'node:fs'\n", 'data.json': '{}\n' }))).toBe(false)
  })

  it('follows the test kit into its sources', () => {
    expect(needsNode(files({ 'kit.ts': "import { at } from '@ukernels/test-kit/oracles'\n" }))).toBe(true)
    expect(needsNode(at('packages', 'gradient-quantization', 'test', 'encode.test.ts'))).toBe(false)
  })
})
