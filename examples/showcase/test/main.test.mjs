import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('../main.mjs', import.meta.url))
const start = (...args) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

it('lists the kernels', () => {
  const { status, stdout } = start('--help')
  expect([status, stdout]).toEqual([0, expect.stringContaining('gradient-quantization')])
})

it.each([['no-such-kernel'], ['--no-such-option'], ['constructor']])(
  'refuses %s and says what there is',
  (argument) => {
    const { status, stderr } = start(argument)
    expect(status).toBe(2)
    expect(stderr).toContain(argument)
    expect(stderr).toContain('gradient-quantization')
  },
)
