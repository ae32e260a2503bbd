// The app that is bundled: the first example of a kernel's README in an empty project, the kernel installed from its
// tarball, and nothing configured.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPacked, readmeExample, runNode } from '../../lib/pack.mjs'

const isImport = (line) => /^import .* from /.test(line)

/** The example's imports, and its body indented. */
function split(kernel) {
  const lines = readmeExample(kernel).split('\n')
  const body = lines.filter((line) => !isImport(line)).map((line) => (line ? `  ${line}` : line))
  return { imports: lines.filter(isImport).join('\n'), body: body.join('\n') }
}

/** What the app says after all else, so that who watches it knows that it came to its end. */
export const lastLine = 'the end'

/** Stands for what an app printed where a tool has looked at it instead. */
export const checked = Symbol('checked')

/** Makes the project; `expected` is what the app prints under Node on wasm. */
export function createApp(kernel) {
  const { folder, remove } = installPacked(kernel)
  const { imports, body } = split(kernel)
  const main = `${imports}\n\nasync function main() {\n${body}}\n\nawaitEnd(main())\n`
  const ending = `function awaitEnd(end) {\n  end.then(() => console.log('${lastLine}'), (error) => console.log(String(error)))\n}\n`
  const handler = `const lines = []\nconst print = (...values) => lines.push(values.map(String).join(' '))\n`
  const files = {
    'main.js': main + ending,
    'index.html':
      '<!doctype html>\n<meta charset="utf-8">\n<title>app</title>\n<script type="module" src="./main.js"></script>\n',
    'fetch.js': `${imports}\n\n${handler}async function main(console) {\n${body}}\n
export default {
  async fetch() {
    await main({ log: print })
    return new Response(lines.join('\\n'))
  },
}\n`,
    'package.json': '{ "name": "app", "private": true, "type": "module" }\n',
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  const expected = runNode(folder, 'main.js', { UKERNELS_BACKEND: 'wasm' }).trim()
  if (!expected.endsWith(lastLine)) throw new Error(`the app itself fails:\n${expected}`)
  return { folder, expected, remove }
}
