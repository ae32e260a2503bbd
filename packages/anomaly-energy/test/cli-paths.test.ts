/** Files that the command-line program writes. */
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { makeFolder, replaceFile } from '../src/cli/paths.js'
import { temporaryFolder } from './cli-support.js'

const at = temporaryFolder()

it('a model is replaced whole, or stays as it was', async () => {
  const path = at('model.ukae')
  await replaceFile(path, Uint8Array.of(1, 2))
  await replaceFile(path, Uint8Array.of(3))
  expect([...readFileSync(path)]).toEqual([3])
  const { mode } = statSync(path)
  await expect(replaceFile(path, {} as never)).rejects.toThrow()
  expect([...readFileSync(path)]).toEqual([3])
  expect(statSync(path).mode).toBe(mode)
  await expect(replaceFile(at('nowhere', 'model.ukae'), Uint8Array.of(4))).rejects.toThrow('ENOENT')
  expect(readdirSync(at())).toEqual([basename(path)])
})

it.skipIf(process.platform === 'win32')('a link to a model stays one, and a pipe is written to', async () => {
  writeFileSync(at('real.ukae'), 'old')
  symlinkSync('real.ukae', at('link.ukae'))
  await replaceFile(at('link.ukae'), Uint8Array.of(5))
  expect(lstatSync(at('link.ukae')).isSymbolicLink()).toBe(true)
  expect([...readFileSync(at('real.ukae'))]).toEqual([5])
  await replaceFile('/dev/null', Uint8Array.of(6))
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
})

it('folders are made with those above them, or the reason is told', async () => {
  await makeFolder(at('a', 'b', 'c'))
  await makeFolder(at('a', 'b', 'c'))
  expect(statSync(at('a', 'b', 'c')).isDirectory()).toBe(true)
  writeFileSync(at('a', 'file'), '')
  await expect(makeFolder(at('a', 'file', 'x', 'y'))).rejects.toThrow(
    `--out ${at('a', 'file', 'x')} can't be made: ENO`,
  )
})

it.skipIf(process.platform !== 'linux')('a folder that takes no others is an error', async () => {
  await expect(makeFolder('/proc/x/y')).rejects.toThrow("--out /proc/x can't be made: ENOENT")
})
