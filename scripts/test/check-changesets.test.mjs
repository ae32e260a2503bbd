/** Which packages a change concerns. That the check fails without a changeset is rehearsed with a release. */
import { describe, expect, it } from 'vitest'
import { packagesIn, packagesOf, unnamed } from '../check-changesets.mjs'
import { isRust, kernels } from '../lib/paths.mjs'

const cpp = kernels.filter((kernel) => !isRust(kernel))
const rust = kernels.filter(isRust)
const [kernel] = kernels

it('there are kernels in both languages', () => {
  expect(cpp).not.toEqual([])
  expect(rust).not.toEqual([])
})

it.each([
  [`native/${kernel}/src/lib.rs`, [kernel]],
  [`native/${kernel}/build.rs`, [kernel]],
  [`wasm/${kernel}/assembly/index.ts`, [kernel]],
  [`packages/${kernel}/src/index.ts`, [kernel]],
  [`packages/${kernel}/package.json`, [kernel]],
  ['packages/runtime/src/load.ts', ['runtime']],
  ['native/common/lanes.h', cpp],
  ['native/common-rs/src/lib.rs', rust],
  ['native/Cargo.toml', rust],
  ['native/Cargo.lock', rust],
  ['native/.cargo/config.toml', rust],
  ['wasm/common/assembly/arena.ts', kernels],
])('%s concerns %j', (file, names) => expect(packagesOf(file)).toEqual(names))

it.each([
  `packages/${kernel}/test/parity.test.ts`,
  `packages/${kernel}/README.md`,
  `native/${kernel}/tests/conv.rs`,
  'native/common/test/main.cc',
  'native/rustfmt.toml',
  'packages/test-kit/src/index.ts',
  'scripts/ready.mjs',
  `spec/${kernel}/encode.json`,
])('%s concerns no package', (file) => expect(packagesOf(file)).toEqual([]))

it('names stand in the header of a changeset', () => {
  expect(
    packagesIn("---\n'@ukernels/a-b': minor\n\"@ukernels/runtime\": patch\n---\n\nAbout '@ukernels/c': it.\n"),
  ).toEqual(['a-b', 'runtime'])
  expect(packagesIn('---\n---\n\nNothing is released.\n')).toEqual([])
})

it('lines may end as on Windows', () => {
  expect(packagesIn("---\r\n'@ukernels/a-b': minor\r\n---\r\n\r\nSo it is.\r\n")).toEqual(['a-b'])
})

describe('a change needs a changeset', () => {
  const changed = `wasm/${kernel}/assembly/index.ts`
  const earlier = { file: '.changeset/earlier.md', names: [kernel] }
  const own = { file: '.changeset/own.md', names: [kernel] }
  /** @param history - commits by name, with what has changed since */
  const missing = (entry, changesets, history) =>
    unnamed([{ name: kernel, ...entry }], changesets, (commit) => history[commit])
  const since = (commit) => [{ name: kernel, since: commit }]

  it('of its branch, whatever others are pending', () => {
    const history = { base: [changed, own.file], released: [changed, own.file, earlier.file] }
    const entry = { released: 'released', base: 'base' }
    expect(missing(entry, [earlier, own], history)).toEqual([])
    expect(missing(entry, [earlier], { ...history, base: [changed] })).toEqual(since('base'))
  })

  it('on the base branch since the last release', () => {
    const history = { head: [], released: [changed, earlier.file] }
    const entry = { released: 'released', base: 'head' }
    expect(missing(entry, [earlier], history)).toEqual([])
    expect(missing(entry, [], history)).toEqual(since('released'))
    expect(missing({ released: 'released' }, [], history)).toEqual(since('released'))
    expect(missing(entry, [], { head: [], released: [] })).toEqual([])
  })

  it('which is the one that announces it before the first release', () => {
    expect(missing({ base: 'base' }, [earlier], { base: [changed] })).toEqual([])
    expect(missing({ base: 'base' }, [], { base: [changed] })).toEqual(since('base'))
  })
})
