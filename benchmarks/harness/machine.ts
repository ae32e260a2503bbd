/** What a figure depends on besides the code. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'

export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  os: string
  runtime: string
}

/** Name and version of the JavaScript runtime. */
export function runtimeName(): string {
  const versions = process.versions as Record<string, string | undefined>
  for (const name of ['bun', 'deno']) if (versions[name]) return `${name} ${versions[name]}`
  return `node ${versions.node}`
}

export function machine(): Machine {
  const [cpu] = os.cpus()
  return {
    cpu: `${cpu?.model.trim() ?? 'unknown'}${cpuFamily()}`,
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    runtime: runtimeName(),
  }
}

/** Virtual machines hide the model's number; Linux still tells family and model. */
function cpuFamily(): string {
  try {
    const info = readFileSync('/proc/cpuinfo', 'utf8')
    const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1]
    const family = field('cpu family')
    return family ? ` (family ${family}, model ${field('model')})` : ''
  } catch {
    return ''
  }
}

/** The commit that is checked out, with `+` when the working tree differs. */
export function commit(root: string): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? '+' : '')
  } catch {
    return 'unknown'
  }
}
