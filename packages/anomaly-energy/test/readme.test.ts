import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

it('the example of the README runs as printed and prints what it says', () => {
  const [, code] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
  const said = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, text]) => text)
  expect(said.length).toBe(1)
  const file = fileURLToPath(new URL('./readme-example.mjs', import.meta.url))
  writeFileSync(file, code)
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual(said)
  } finally {
    rmSync(file)
  }
})
