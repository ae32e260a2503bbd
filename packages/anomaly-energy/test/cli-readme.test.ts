/** The README's tables beside what the program takes and prints. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { usage } from '../src/cli/arguments.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const [, section] = /## On the command line\n([\s\S]*?)\n## /.exec(readme) as RegExpExecArray
const optionsIn = (text: string) => [...new Set([...text.matchAll(/--[a-z][a-z-]*/g)].map(([name]) => name))].sort()

it('names the options that --help names', () => {
  expect(optionsIn(section)).toEqual(optionsIn(usage))
  expect(optionsIn(usage).length).toBeGreaterThan(10)
})
