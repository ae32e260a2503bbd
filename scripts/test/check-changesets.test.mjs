/** Which packages a change concerns. That the check fails without a changeset is rehearsed with a release. */
import { expect, it } from 'vitest'
import { packagesIn, packagesOf } from '../check-changesets.mjs'
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
