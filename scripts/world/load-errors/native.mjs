// Loads that fail at the addon, as a table: what the user does, and what is broken.
import { copyFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../lib/paths.mjs'
import { hostTarget } from '../../lib/toolchain.mjs'
import { askForNewGlibc, lacksCompiler, needLibrary, swapProcessor } from './elf.mjs'

const code = "await load({ backend: 'native' })"
const node = [process.execPath, 'main.js']
const onNode = (app) => app.run(node)
const linux = () => (process.platform === 'linux' ? undefined : "the linkers' messages are those of Linux")
const permission = Number(process.versions.node.split('.')[0]) < 23 ? '--experimental-permission' : '--permission'

/** Puts a function between the package and its addon. */
function wrapAddon({ inPackage }, wrapper) {
  renameSync(inPackage('native.cjs'), inPackage('whole.cjs'))
  writeFileSync(
    inPackage('native.cjs'),
    `const whole = require('./whole.cjs')\nconst wrap = ${wrapper}\nmodule.exports = (...args) => wrap(whole(...args))\n`,
  )
}

const noOp = `(addon) => ({
  ...addon,
  instantiate(...args) {
    const instance = addon.instantiate(...args)
    return { ...instance, call: { ...instance.call, philox: () => 0 } }
  },
})`

/** A bundle whose literal requires are left to find the addon where it isn't. */
async function bundled(app, { load }) {
  const { build } = await load('esbuild')
  await build({
    absWorkingDir: app.folder,
    entryPoints: ['main.js'],
    bundle: true,
    platform: 'node',
    external: ['*.node'],
    outfile: join(app.folder, 'out', 'main.cjs'),
  })
  return app.run([process.execPath, join('out', 'main.cjs')])
}

/** A bundle of ES modules with the addon beside it, where there is no require(). */
async function bundledAsModules(app, { load }) {
  const { build } = await load('esbuild')
  await build({
    absWorkingDir: app.folder,
    entryPoints: ['main.js'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    loader: { '.node': 'copy' },
    outfile: join(app.folder, 'out', 'main.mjs'),
  })
  return app.run([process.execPath, join('out', 'main.mjs')])
}

/** What esbuild itself says where it is told nothing. */
async function unconfigured(app, { load }) {
  const { build } = await load('esbuild')
  const options = { absWorkingDir: app.folder, entryPoints: ['main.js'], bundle: true, platform: 'node', write: false }
  const { errors } = await build({ ...options, logLevel: 'silent' }).catch((error) => error)
  const { text, location } = errors.find((error) => error.text.includes(hostTarget()))
  return `${location.file}:${location.line}: ${text}`
}

/** The situations of one kernel, by `namesOf`. */
export const native = ({ other, prefix }) => ({
  "The package's folder lacks this machine's addon": {
    code,
    when: 'A file was left out where the package was copied.',
    run(app) {
      rmSync(app.prebuild)
      return onNode(app)
    },
  },
  'A platform without prebuilt addons': {
    code,
    when: 'FreeBSD, by the name that Node has for it. (`auto` takes WebAssembly there.)',
    run: (app) =>
      app.run([
        process.execPath,
        '--import',
        "data:text/javascript,Object.defineProperties(process, { platform: { value: 'freebsd' }, arch: { value: 'x64' } })",
        'main.js',
      ]),
  },
  'A bundle for Node that the addon was not copied to': {
    code,
    when: "`esbuild --bundle --platform=node '--external:*.node'`, and nothing else done.",
    group: 'bundlers',
    run: bundled,
  },
  'A bundler that is not told about addons': {
    code,
    when:
      '`esbuild --bundle --platform=node` alone: it stops with its own message. Pass `--loader:.node=copy` and `--format=cjs`, ' +
      'or `--packages=external` and install the package beside the bundle; other bundlers for Node have such options ' +
      'too (webpack, Rolldown and Vite for servers: declare the package external).',
    group: 'bundlers',
    run: unconfigured,
  },
  'A bundle of ES modules for Node': {
    code,
    when: '`esbuild --bundle --platform=node --format=esm --loader:.node=copy`: ES modules have no `require`.',
    group: 'bundlers',
    run: bundledAsModules,
  },
  'The addon named by the environment is not there': {
    code: 'await load()',
    when: `\`${prefix}NATIVE_PATH=build/kernel.node\`. Naming a file is a choice, so that nothing is fallen back to.`,
    run: (app) => app.run(node, { [`${prefix}NATIVE_PATH`]: 'build/kernel.node' }),
  },
  'The addon named by the environment is that of another kernel': {
    code: 'await load()',
    when: `\`${prefix}NATIVE_PATH\` names an addon of \`@ukernels/${other}\`.`,
    needs: other,
    run(app) {
      copyFileSync(at('packages', other, 'prebuilds', `${hostTarget()}.node`), join(app.folder, 'other.node'))
      return app.run(node, { [`${prefix}NATIVE_PATH`]: 'other.node' })
    },
  },
  'Addons are switched off in Node': {
    code,
    when: '`node --no-addons main.js`, or `NODE_OPTIONS=--no-addons`.',
    run: (app) => app.run([process.execPath, '--no-addons', 'main.js']),
  },
  "Node's permission model": {
    code,
    when: "`node --permission '--allow-fs-read=*' main.js`.",
    run: (app) => app.run([process.execPath, permission, '--allow-fs-read=*', 'main.js']),
  },
  'Deno without permissions': {
    code,
    when: '`deno run main.js`.',
    run: (app, { programs }) => app.run([programs.deno, 'run', '--no-prompt', '--quiet', 'main.js']),
    program: 'deno',
  },
  'Addons are switched off in Bun': {
    code,
    when: '`bun --no-addons main.js`.',
    run: (app, { programs }) => app.run([programs.bun, '--no-addons', 'main.js']),
    program: 'bun',
  },
  'The system is too old': {
    code,
    when: 'The addon asks for a newer glibc than there is.',
    lacks: linux,
    run(app) {
      askForNewGlibc(app.prebuild)
      return onNode(app)
    },
  },
  'The addon is for another C library': {
    code,
    when: 'One built for Alpine, under the name of one for Debian.',
    lacks: () => linux() ?? lacksCompiler(),
    run(app) {
      needLibrary(app.prebuild, 'libc.musl-x86_64.so.1')
      return onNode(app)
    },
  },
  'The addon needs a library that is not there': {
    code,
    when: 'An addon that somebody built with other options.',
    lacks: () => linux() ?? lacksCompiler(),
    run(app) {
      needLibrary(app.prebuild, 'libtbb.so.12')
      return onNode(app)
    },
  },
  'The addon is cut short': {
    code,
    when: 'A download or copy that broke off.',
    lacks: linux,
    run(app) {
      truncateSync(app.prebuild, readFileSync(app.prebuild).length - 1000)
      return onNode(app)
    },
  },
  'Something else lies in its place': {
    code,
    when: 'A page that says "404", saved by a script; or a pointer of Git LFS.',
    lacks: linux,
    run(app) {
      writeFileSync(app.prebuild, '<!doctype html>\n<title>404 Not Found</title>\n')
      return onNode(app)
    },
  },
  'The addon is for another processor': {
    code,
    when: 'One for arm64 on x64, given by its path or renamed.',
    lacks: () => linux() ?? (process.arch === 'x64' ? undefined : 'shown on x64'),
    run(app) {
      swapProcessor(app.prebuild)
      return onNode(app)
    },
  },
  'The processor is too old': {
    code,
    when: 'Below x86-64-v2, or a virtual machine that hides what it has. (Here an addon that finds nothing.)',
    run(app) {
      wrapAddon(app, '(addon) => ({ ...addon, isas: [] })')
      return onNode(app)
    },
  },
  'Addon and package are of two versions': {
    code,
    when: 'A stale cache of a bundler, or an addon copied by hand.',
    run(app) {
      writeFileSync(app.inPackage('dist', 'version.js'), "export const version = '1.1.0'\n")
      return onNode(app)
    },
  },
  'The addon computes wrong bits': {
    code,
    when: 'A processor, emulator or build that is at fault. (Here one whose random numbers stay zero.)',
    run(app) {
      wrapAddon(app, noOp)
      return onNode(app)
    },
  },
  'An instruction set that the machine lacks': {
    code,
    when: '`UKERNELS_ISA=avx9`.',
    run: (app) => app.run(node, { UKERNELS_ISA: 'avx9' }),
  },
})
