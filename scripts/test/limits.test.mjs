/** Which sizes are refused: the closest limit holds. */
import { expect, it } from 'vitest'
import { isRust, kernels } from '../lib/paths.mjs'
import { overLimits } from '../release/limits.mjs'

const rust = kernels.find(isRust)
const cpp = kernels.find((kernel) => !isRust(kernel))
const allowed = { tarball: 1000, wasm: 10, 'C++ addon': 100, 'Rust addon': 400, 'Rust addon, linux': 200 }
const over = (name, sizes, granted = {}) => overLimits(name, sizes, { allowed, granted })

it('what is within its limits, or not there, is not named', () => {
  const addons = { 'linux-x64-glibc': 200, 'darwin-arm64': 400 }
  expect(over(rust, { tarball: 1000, wasm: 10, addons })).toEqual([])
  expect(over(cpp, { addons: { 'win32-x64': 100 } })).toEqual([])
  expect(over('runtime', { tarball: 1000 })).toEqual([])
})

it('what is beyond them is, with both sizes', () => {
  const addons = { 'linux-x64-musl': 1201, 'darwin-arm64': 401 }
  expect(over(rust, { tarball: 1001, wasm: 11, addons })).toEqual([
    `${rust}, tarball: 1,001 bytes, of at most 1,000`,
    `${rust}, wasm: 11 bytes, of at most 10`,
    `${rust}, linux-x64-musl.node: 1,201 bytes, of at most 200`,
    `${rust}, darwin-arm64.node: 401 bytes, of at most 400`,
  ])
  expect(over(cpp, { addons: { 'linux-x64-musl': 101 } })).toHaveLength(1)
})

it('what is granted to one kernel holds for it alone, for a target before its language', () => {
  const granted = { [rust]: { 'Rust addon, linux': 300, 'linux-x64-glibc': 350, tarball: 2000 } }
  const sizes = { tarball: 2000, addons: { 'linux-x64-glibc': 350, 'linux-arm64-glibc': 300 } }
  expect(over(rust, sizes, granted)).toEqual([])
  expect(over(rust, { addons: { 'linux-x64-glibc': 351, 'linux-arm64-glibc': 301 } }, granted)).toHaveLength(2)
  expect(over('runtime', { tarball: 1001 }, granted)).toHaveLength(1)
})
