// npm ci, when node_modules is missing or older than the lockfile.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { at } from './paths.mjs'
import { npm } from './run.mjs'

const lockfile = at('package-lock.json')
const stamp = at('node_modules', '.ukernels-lockfile')
const lockfileHash = () => createHash('sha256').update(readFileSync(lockfile)).digest('hex')

function upToDate() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfileHash()) return true
  // Installed by hand: npm writes its own record at the same time as, or after, the lockfile.
  const record = at('node_modules', '.package-lock.json')
  return existsSync(record) && statSync(record).mtimeMs > statSync(lockfile).mtimeMs - 10_000
}

export async function install() {
  if (!upToDate()) {
    console.log('Installing the packages of package-lock.json (npm ci)')
    const code = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    if (code !== 0) process.exit(code)
  }
  writeFileSync(stamp, lockfileHash())
}
