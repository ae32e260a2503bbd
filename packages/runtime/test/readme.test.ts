import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Installation } from './fixtures/install.js'

const folder = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${folder}/README.md`, 'utf8')

it('the example prints what it says', () => {
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] as string
  const expected = [...example.matchAll(/ \/\/ (.*)/g)].map(([, text]) => text)
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', example], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(expected).toHaveLength(4)
  expect(printed.trim().split('\n')).toEqual(expected)
})

it('the load error is shown as it is', () => {
  const kernel = new Installation()
  // Any program of this platform: it isn't looked into.
  copyFileSync(process.execPath, kernel.prebuild)
  const flags = [Number(process.versions.node.split('.')[0]) < 23 ? '--experimental-permission' : '--permission']
  const { message } = kernel.run({ flags: [...flags, '--allow-fs-read=*', '--no-enable-sse4-1'] })
  kernel.remove()
  const shown = /```\n(Could not load [\s\S]*?)\n```/.exec(readme)?.[1] as string
  const general = (text: string) =>
    text
      .replace(/@ukernels\/[a-z-]+/g, '@ukernels/kernel')
      .replace(/ [\d.]+ on .*/, '')
      .replace(/prebuilds\/.*\.node/, 'prebuilds/target.node')
  expect(general(message as string)).toBe(general(shown))
})
