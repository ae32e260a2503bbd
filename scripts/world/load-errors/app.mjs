// The program of a user that loads a kernel and prints how that failed, with the kernel installed from its tarball. Every
// situation gets a copy of its own to break.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPacked } from '../../lib/pack.mjs'
import { at, kernels } from '../../lib/paths.mjs'
import { hostTarget } from '../../lib/toolchain.mjs'

/** What a kernel's users write; the other kernel is what is mistaken for it. */
export const namesOf = (kernel) => ({
  kernel,
  other: kernels.find((name) => name !== kernel),
  prefix: `UKERNELS_${kernel.toUpperCase().replaceAll('-', '_')}_`,
})

/** The kernel by whose names the page tells what all of them say. */
export const shown = namesOf('gradient-quantization')

/** The program's source around one call. */
const program = (kernel, code) => `import { load, loadSync } from '@ukernels/${kernel}'

export async function main() {
  try {
    ${code}
    return 'loaded'
  } catch (error) {
    return \`\${error.name}: \${error.message}\`
  }
}
`

/** Installs once. */
export function install(kernel) {
  const installed = installPacked(kernel)
  return { open: (code) => openApp(installed.folder, kernel, code), remove: installed.remove }
}

/** A copy that loads by `code`. */
function openApp(installed, kernel, code) {
  const folder = mkdtempSync(join(tmpdir(), 'ukernels-load-'))
  cpSync(join(installed, 'node_modules'), join(folder, 'node_modules'), { recursive: true })
  const write = (name, content) => writeFileSync(join(folder, name), content)
  write('package.json', '{ "name": "app", "private": true, "type": "module" }\n')
  write('app.js', program(kernel, code))
  write('main.js', "import { main } from './app.js'\n\nmain().then((said) => console.log(said))\n")
  const inPackage = (...parts) => join(folder, 'node_modules', '@ukernels', kernel, ...parts)
  return {
    folder,
    write,
    inPackage,
    prebuild: inPackage('prebuilds', `${hostTarget()}.node`),
    run: (command, env) => runProgram(folder, command, env),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** Runs a program in the app's folder; returns what it prints. */
function runProgram(folder, [file, ...args], env = {}) {
  const clean = Object.entries(process.env).filter(([name]) => !/^(UKERNELS_|NODE_OPTIONS)/.test(name))
  const options = {
    cwd: folder,
    encoding: 'utf8',
    env: { ...Object.fromEntries(clean), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  }
  const { status, signal, stdout, stderr } = spawnSync(file, args, options)
  if (status !== 0) throw new Error(`${file} ended with ${status ?? signal}:\n${stdout}${stderr}`)
  return stdout.trim()
}

/** What differs between machines, releases and kernels, as the page shows it. */
export function general(text, folder, version, { kernel, other, prefix }) {
  const named = [
    [folder, '/app'],
    [at('packages'), '/packages'],
    [`${hostTarget()}`, 'linux-x64-glibc'],
    [prefix, shown.prefix],
    // Either may stand for the other, so by a third name.
    [other, 'the-other-kernel'],
    [kernel, shown.kernel],
    ['the-other-kernel', shown.other],
  ]
  return named
    .reduce((said, [found, shown]) => said.replaceAll(found, shown), text)
    .replace(new RegExp(`\\b${version.replaceAll('.', '\\.')}\\b`, 'g'), '1.0.0')
    .replace(/\((node|bun|deno) [\d.]+\)/g, '($1 x.y.z)')
    .replace(/http:\/\/127\.0\.0\.1:\d+\//g, 'https://example.org/')
    .replace(/wasm-inline-\w+\.js/, 'wasm-inline-HASH.js')
    .replace(/(linux-x64-glibc)-\w+\.node/, '$1-HASH.node')
    .replace(/(no (function|export) ')\w+/, '$1amax')
    .replace(/\/\S*\/libc\.so\.6/, '/lib/libc.so.6')
    .replace(/(it has )\d+( of at least )\d+/g, '$1300000$2384056')
    .replace(/(UKERNELS_ISA must be one of )'.*'( on this machine)/g, "$1'sse4.1', 'avx2'$2")
}
