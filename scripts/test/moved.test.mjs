/** node_modules that came from another machine: the kernel takes wasm, and says why native was passed over. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPacked, readmeExample, runNode } from '../lib/pack.mjs'
import { at, kernels } from '../lib/paths.mjs'
import { hostTarget } from '../lib/toolchain.mjs'
import { targets } from '../native-loader.mjs'

const host = hostTarget()
const other = targets.find((target) => !target.startsWith(process.platform))

const tell = (kernel) => `import { load } from '@ukernels/${kernel}'
const k = await load()
console.log(JSON.stringify({ backend: k.backend, passedOver: k.info().passedOver }))
k.dispose()
`
const refuse = (kernel) => `import { load } from '@ukernels/${kernel}'
await load({ backend: 'native' }).then(
  () => console.log('it loaded'),
  (error) => console.log(JSON.stringify({ attempts: error.attempts, message: error.message })),
)
`

/** The same addon with the machine of another processor in its header. */
function forOtherProcessor(addon) {
  const bytes = Buffer.from(addon)
  bytes.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18)
  return bytes
}
const header = (magic) => Buffer.concat([Buffer.from(magic), Buffer.alloc(4096)])
const [machO, pe, elf] = [
  [0xcf, 0xfa, 0xed, 0xfe],
  [0x4d, 0x5a],
  [0x7f, 0x45, 0x4c, 0x46],
]
/** What a binary of another system begins with, under this system's name. */
const foreign = { linux: machO, darwin: pe, win32: elf }[process.platform]

describe.each(kernels)('%s, moved', (kernel) => {
  const built = at('packages', kernel, 'prebuilds', `${host}.node`)
  const noAddon = `no addon for ${host} was built`
  let project
  let addon
  let prebuilds
  beforeAll(() => {
    if (!existsSync(built)) return
    project = installPacked(kernel)
    prebuilds = join(project.folder, 'node_modules', '@ukernels', kernel, 'prebuilds')
    addon = readFileSync(join(prebuilds, `${host}.node`))
    writeFileSync(join(project.folder, 'tell.mjs'), tell(kernel))
    writeFileSync(join(project.folder, 'refuse.mjs'), refuse(kernel))
    writeFileSync(join(project.folder, 'example.mjs'), readmeExample(kernel))
  }, 120_000)
  afterAll(() => project?.remove())

  const run = (file) => runNode(project.folder, file)
  const put = (target, bytes) => {
    rmSync(prebuilds, { recursive: true, force: true })
    mkdirSync(prebuilds)
    writeFileSync(join(prebuilds, `${target}.node`), bytes)
  }

  /** Wasm with the reason; the README's example as on any machine; native refused with what helps. */
  function fallsBack(code, remedy) {
    expect(JSON.parse(run('tell.mjs'))).toMatchObject({ backend: 'wasm', passedOver: [{ backend: 'native', code }] })
    expect(run('example.mjs')).toBe(runNode(project.folder, 'example.mjs', { UKERNELS_BACKEND: 'wasm' }))
    const { attempts, message } = JSON.parse(run('refuse.mjs'))
    expect(attempts).toMatchObject([{ backend: 'native', source: `prebuilds/${host}.node`, code }])
    expect(message).toContain(remedy)
    return attempts[0].message
  }

  it('as it was installed, it is native', ({ skip }) => {
    skip(!project, noAddon)
    put(host, addon)
    expect(JSON.parse(run('tell.mjs'))).toEqual({ backend: 'native', passedOver: [] })
  })

  it("with nothing but another system's addon", ({ skip }) => {
    skip(!project, noAddon)
    put(other, addon)
    fallsBack('NO_PREBUILD', 'here it was left out')
  })

  it("with another system's addon under this one's name", ({ skip }) => {
    skip(!project, noAddon)
    put(host, header(foreign))
    expect(fallsBack('CORRUPT', 'made for another platform')).toMatch(/^the file is not an? /)
  })

  it("with another processor's addon under this one's name", ({ skip }) => {
    skip(!project, noAddon)
    skip(process.platform !== 'linux', "the processor is read from Linux's binaries")
    put(host, forOtherProcessor(addon))
    const expected =
      process.arch === 'x64' ? 'the file is made for arm64, this process runs on x64' : /^the file is made for x64/
    expect(fallsBack('CORRUPT', 'made for another platform')).toMatch(expected)
  })
})
