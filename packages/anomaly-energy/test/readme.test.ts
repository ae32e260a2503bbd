import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code)
const [first, ...rest] = blocks

it.each([
  ['the first example', first],
  ['what goes on from one example to the next', rest.join('')],
])('%s runs as printed and prints what it says', (name, code) => {
  const said = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, text]) => text)
  expect(said.length).toBeGreaterThan(0)
  const file = fileURLToPath(new URL(`./readme-${name.replaceAll(' ', '-')}.mjs`, import.meta.url))
  writeFileSync(file, code)
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual(said)
  } finally {
    rmSync(file)
  }
})
