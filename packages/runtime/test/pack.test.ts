import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPacked, pack, runNode } from '../../../scripts/lib/pack.mjs'
import { at, readJson } from '../../../scripts/lib/paths.mjs'

const name = 'runtime'

describe('the tarball', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ukernels-tarball-'))
  const packed = pack(name, folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('holds these files', () => {
    expect(packed.files.map(({ path }: { path: string }) => path).join('\n')).toMatchSnapshot()
  })

  it('stays within its budget', () => {
    expect(packed.bytes).toBeLessThanOrEqual(64_000)
  })

  it('runs nothing when it is installed, and needs no other package', () => {
    const { scripts, dependencies } = readJson(at('packages', name, 'package.json'))
    expect(Object.keys(scripts)).toEqual(['compile'])
    expect(dependencies).toBeUndefined()
  })
})

describe('installed from the tarball', () => {
  let consumer: { folder: string; remove: () => void }
  beforeAll(() => {
    consumer = installPacked(name)
  }, 120_000)
  afterAll(() => consumer?.remove())

  it('is imported, and required, without saying or doing anything', () => {
    const say = 'process.stdout.write(Object.keys(runtime).sort().join())'
    writeFileSync(join(consumer.folder, 'a.mjs'), `import * as runtime from '@ukernels/runtime'\n${say}`)
    writeFileSync(join(consumer.folder, 'a.cjs'), `const runtime = require('@ukernels/runtime')\n${say}`)
    const exported = runNode(consumer.folder, 'a.mjs')
    expect(exported).toContain('KernelLoadError')
    expect(runNode(consumer.folder, 'a.cjs')).toBe(exported)
  })
})
