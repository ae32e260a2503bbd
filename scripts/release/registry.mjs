// A private registry on loopback. It keeps the repository's own packages to itself; others come through it from the
// registry that npm is configured with.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture, npmCommand } from '../lib/run.mjs'
import { firstAnswer, freePort } from '../world/ports.mjs'
import { tools } from '../world/tools.mjs'

/** verdaccio's configuration, in JSON, which is YAML. Only what is ours can be published, and never goes on. */
function configuration(upstream) {
  return JSON.stringify({
    storage: './storage',
    max_body_size: '100mb',
    web: { enable: false },
    uplinks: { upstream: { url: upstream } },
    packages: {
      '@ukernels/*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    log: { type: 'stdout', level: 'error' },
  })
}

/** npm wants a token before it publishes; the registry lets everybody. */
const npmrc = (port) => `registry=http://127.0.0.1:${port}/\n//127.0.0.1:${port}/:_authToken=anybody\n`

/**
 * Starts it with its data in `folder`; resolves with its address, the path of an npm configuration that names it, and
 * `close`. Rejects when verdaccio can't be had.
 */
export async function startRegistry(folder) {
  const group = await tools('registries')
  if (group.lacks) throw new Error(group.lacks)
  mkdirSync(folder, { recursive: true })
  const [command, ...first] = npmCommand()
  const port = await freePort()
  const config = join(folder, 'config.yaml')
  writeFileSync(config, configuration(capture(command, [...first, 'config', 'get', 'registry'])))
  const userConfig = join(folder, 'npmrc')
  writeFileSync(userConfig, npmrc(port))
  const args = [group.path('verdaccio', 'bin', 'verdaccio'), '--config', config, '--listen', `127.0.0.1:${port}`]
  // It warns of root, which is what containers run as.
  const env = { ...process.env, NODE_NO_WARNINGS: '1' }
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const url = `http://127.0.0.1:${port}/`
  try {
    await firstAnswer(`${url}-/ping`, child)
  } catch (error) {
    child.kill()
    throw error
  }
  return { url, userConfig, close: () => child.kill() }
}
