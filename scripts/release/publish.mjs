// Publishes the tarballs that pack.mjs made, those whose version isn't in the registry yet: run again after an
// interruption it goes on. A published version with other content is an error.
//
//   node scripts/release/publish.mjs <folder> [--registry <url>]
//
// In a workflow npm states the provenance. The token is the npm configuration's.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readJson } from '../lib/paths.mjs'
import { capture, npm, npmCommand } from '../lib/run.mjs'

/** What a registry knows of a package's versions: integrity by version. */
export async function publishedVersions(registry, name) {
  const response = await fetch(new URL(name.replace('/', '%2f'), registry))
  if (response.status === 404) return {}
  if (!response.ok) throw new Error(`${registry} answers ${response.status} for ${name}`)
  const { versions } = await response.json()
  return Object.fromEntries(Object.entries(versions).map(([version, { dist }]) => [version, dist.integrity]))
}

/** `publish` a tarball, `skip` it because it is there, or `refuse` because something else is. */
export function decide({ version, integrity }, published) {
  if (!(version in published)) return 'publish'
  return published[version] === integrity ? 'skip' : 'refuse'
}

async function publishAll(folder, registry) {
  const tarballs = readJson(join(folder, 'tarballs.json'))
  const decided = []
  for (const tarball of tarballs)
    decided.push({ ...tarball, decision: decide(tarball, await publishedVersions(registry, tarball.name)) })
  const refused = decided.filter(({ decision }) => decision === 'refuse')
  for (const { name, version } of refused)
    console.error(`${name} ${version} is published with other content: a change needs a changeset and a new version`)
  if (refused.length > 0) return 1
  const provenance = process.env.GITHUB_ACTIONS === 'true' ? ['--provenance'] : []
  for (const { name, version, file, decision } of decided) {
    console.log(`${name} ${version}: ${decision === 'skip' ? 'already published' : 'publishing'}`)
    if (decision === 'skip') continue
    const args = ['publish', join(folder, file), '--access', 'public', '--registry', registry, ...provenance]
    const code = await npm([...args, '--loglevel=error'])
    if (code !== 0) return code
  }
  return 0
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { registry: { type: 'string' } } })
  const [command, ...first] = npmCommand()
  const registry = values.registry ?? capture(command, [...first, 'config', 'get', 'registry'])
  process.exitCode = await publishAll(positionals[0], registry)
}
