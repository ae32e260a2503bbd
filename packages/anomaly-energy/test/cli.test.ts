/** The program, run as users run it: fit on a folder of pictures, inspect others. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../src/cli/pictures.js'
import { listDataset, listPictures } from '../src/folder.js'
import { run, runUntilFirstLine, temporaryFolder } from './cli-support.js'
import { uniform } from './support.js'

/** A picture of waves, with a white spot where asked for. */
async function picture(seed: number, spot: boolean): Promise<Uint8Array> {
  const noise = uniform(32 * 32, seed, -8, 8)
  const rgba = new Uint8ClampedArray(4 * 32 * 32)
  for (let i = 0; i < 32 * 32; i++) {
    const [y, x] = [i >> 5, i & 31]
    const inside = spot && Math.abs(x - 20) < 3 && Math.abs(y - 10) < 3
    rgba.fill(inside ? 255 : 110 + 40 * Math.sin(x / 2) * Math.sin(y / 3) + noise[i], 4 * i, 4 * i + 3)
    rgba[4 * i + 3] = 255
  }
  return encodePng(rgba, 32, 32)
}

const at = temporaryFolder()
const folder = at()

describe('the command-line program', () => {
  beforeAll(async () => {
    for (const path of ['train/good', 'test/spot', 'ground_truth/spot', 'empty'])
      mkdirSync(at(path), { recursive: true })
    for (let i = 0; i < 30; i++)
      writeFileSync(at('train/good', `${String(i).padStart(2, '0')}.png`), await picture(i, false))
    for (const file of ['test/spot/0.png', 'ground_truth/spot/0_mask.png'])
      writeFileSync(at(file), await picture(90, true))
    writeFileSync(at('fine.png'), await picture(91, false))
    writeFileSync(at('cut.png'), (await picture(92, true)).subarray(0, 200))
    writeFileSync(at('text.png'), 'this is no picture')
  }, 60_000)

  it('fits, inspects, writes heat maps, and goes on after a picture that it cannot read', () => {
    const model = at('model.ukae')
    const fitted = run('fit', folder, '--model', model, '--gray', '--seed', '1')
    // 30 pictures calibrate with fewer than the 19 that 0.05 takes.
    expect(fitted.stderr).toMatch(
      /^warning: .*rate of 1 \/ \d+ = .* not 0.05, .* 19 calibration images.* 93 good pictures.*\n$/,
    )
    expect(fitted.status).toBe(0)
    expect(JSON.parse(fitted.lines[0])).toMatchObject({ model, images: 30, unreadable: 0, method: 'patch-energy' })
    const images = [at('test/spot/0.png'), at('cut.png'), at('text.png'), at('missing.png'), at('fine.png')]
    const seen = run('inspect', model, ...images, '--out', at('maps'))
    expect(seen.status).toBe(1)
    const results = seen.lines.map((line) => JSON.parse(line))
    expect(results.map(({ image }) => image)).toEqual(images)
    expect(results[0].isAnomalous).toBe(true)
    expect(results[0].score).toBeGreaterThan(results[4].score)
    for (const i of [1, 2, 3]) expect(results[i].error).toBeTruthy()
    expect(seen.stderr).toContain('missing.png')
    expect([...readFileSync(results[0].map).subarray(1, 4)]).toEqual([...Buffer.from('PNG')])
    const wasm = run('inspect', model, images[0], '--no-maps', '--backend', 'wasm')
    expect(JSON.parse(wasm.lines[0])).toEqual({ ...results[0], map: undefined })
    expect(existsSync(at('test/spot/0.heat.png'))).toBe(false)
  }, 60_000)

  it('refuses a rate of false alarms that its pictures cannot calibrate, and warns of a detector without', () => {
    const model = at('rates.ukae')
    const refused = run('fit', folder, '--model', model, '--fpr', '0.01')
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain('--fpr 0.01 takes 99 calibration images, that is 493 good pictures')
    expect(existsSync(model)).toBe(false)
    const never = run('fit', folder, '--model', model, '--fpr', '0.001')
    expect(never.stderr).toContain('--fpr 0.001 takes 999 calibration images, a fit keeps 512 at most')
    const named = run('fit', folder, '--model', model, '--fpr', '0.25', '--calibration', '0.5')
    expect(named.status).toBe(0)
    expect(named.stderr).toBe('')
    expect(JSON.parse(named.lines[0]).fpr).toBe(0.25)
    const without = run('fit', folder, '--model', model, '--calibration', '0')
    expect(without.status).toBe(0)
    expect(without.stderr).toMatch(/^warning: without calibration images isAnomalous is false.*\n$/)
    expect(JSON.parse(without.lines[0])).toMatchObject({ calibration: 0, fpr: null, threshold: null })
    mkdirSync(at('one'))
    writeFileSync(at('one', '0.png'), readFileSync(at('fine.png')))
    const one = run('fit', at('one'), '--model', model)
    expect(one.status).toBe(1)
    expect(one.stderr).toContain('1 good picture is too few')
    const { stdout } = run('--help')
    expect(stdout).toContain('default 0.05, or the smallest rate that the calibration images allow')
  }, 60_000)

  it('refuses pictures that are too large before it decodes them', () => {
    const seen = run('inspect', at('model.ukae'), at('fine.png'), '--max-pixels', '100')
    expect(seen.status).toBe(1)
    expect(JSON.parse(seen.lines[0]).error).toContain('pixel limit')
  })

  it('says what is wrong with a command line, a folder and a model', () => {
    for (const [args, text] of [
      [['grow'], 'fit or inspect'],
      [['fit'], 'one folder'],
      [['fit', folder, '--fat'], '--fat'],
      [['fit', folder, '--seed', '-1'], 'seed'],
      [['fit', folder, '--calibration', '2'], '--calibration must be a share from 0 to below 1'],
      [['fit', folder, '--fpr', '0'], '--fpr must be a rate above 0'],
      [['fit', folder, '--calibration', '0', '--fpr', '0.01'], '--fpr takes calibration images'],
      [['fit', folder, '--size', '9x6'], '--size must be at least 7x7 for patch-energy'],
      [['fit', folder, '--tile', '6'], '--tile must be an integer from 7'],
      [['fit', folder, '--max-pixels', '1.5'], '--max-pixels must be an integer'],
      [['fit', folder, '--iterations', '5'], '--iterations is of --method conv-ebm alone'],
      [['inspect', 'a'], 'at least one image'],
      [['inspect', 'a', 'b', '--seed', '1'], 'no option of inspect'],
    ] as const) {
      const { status, stderr } = run(...args)
      expect(status, args.join(' ')).toBe(2)
      expect(stderr).toContain(text)
    }
    const empty = run('fit', at('empty'))
    expect(empty.status).toBe(1)
    expect(empty.stderr).toContain('holds no pictures')
    writeFileSync(at('nothing.ukae'), '')
    for (const [args, text] of [
      [['fit', at('fine.png')], `${at('fine.png')} is a file, not a folder`],
      [['fit', at('nowhere')], `${at('nowhere')} doesn't exist`],
      [['fit', folder, '--model', at('nowhere', 'm.ukae')], `m.ukae: ${at('nowhere')} doesn't exist`],
      [['fit', folder, '--model', at('empty')], `--model ${at('empty')} is a folder, not a file`],
      [['inspect', at('nowhere'), at('fine.png')], `${at('nowhere')} doesn't exist`],
      [['inspect', at('empty'), at('fine.png')], `${at('empty')} is a folder, not a model`],
      [
        ['inspect', at('nothing.ukae'), at('fine.png')],
        'nothing.ukae is not a model of ukernels-anomaly-energy: bytes',
      ],
      [
        ['inspect', at('fine.png'), at('fine.png')],
        "fine.png is not a model of ukernels-anomaly-energy: bytes must start with 'UKAE'",
      ],
      [['inspect', at('model.ukae'), at('fine.png'), '--out', at('text.png')], 'text.png is a file, not a folder'],
    ] as const) {
      const { status, stdout, stderr } = run(...args)
      expect(status, args.join(' ')).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toContain(text)
      expect(stderr.trim().split('\n').length).toBe(1)
    }
    expect(run('--help').stdout).toContain('inspect <model>')
    expect(run('--version').stdout.trim()).toMatch(/^\d+\.\d+\.\d+/)
  }, 60_000)

  it('leaves out heat maps of earlier runs, and says so once', async () => {
    mkdirSync(at('again'))
    for (const name of ['a.png', 'b.png']) writeFileSync(at('again', name), readFileSync(at('fine.png')))
    const model = at('model.ukae')
    const first = run('inspect', model, at('again/a.png'), at('again/b.png'))
    expect(first.status).toBe(0)
    expect(first.stderr).toBe('')
    const all = ['a.heat.png', 'a.png', 'b.heat.png', 'b.png'].map((name) => at('again', name))
    const again = run('inspect', model, ...all)
    expect(again.status).toBe(0)
    expect(again.lines.map((line) => JSON.parse(line).image)).toEqual([all[1], all[3]])
    expect(again.stderr).toBe('left out 2 heat maps (*.heat.png)\n')
    const fitted = run('fit', at('again'), '--model', at('again.ukae'), '--calibration', '0')
    expect(fitted.stderr).toContain('left out 2 heat maps (*.heat.png)\n')
    expect(JSON.parse(fitted.lines[0]).images).toBe(2)
    expect(await listPictures(at('again'))).toEqual([all[1], all[3]])
    expect(run('inspect', model, all[0]).status).toBe(2)
  }, 60_000)

  it('follows links to pictures, and names those that lead nowhere', async () => {
    for (const path of ['links/test', 'links/train/good']) mkdirSync(at(path), { recursive: true })
    try {
      for (const name of ['00.png', '01.png']) symlinkSync(at('train/good', name), at('links/train/good', name))
      symlinkSync(at('gone.png'), at('links/train/good/gone.png'))
      symlinkSync(at('test/spot'), at('links/test/spot'))
    } catch (error) {
      // Windows lets only some users make links.
      if ((error as NodeJS.ErrnoException).code === 'EPERM') return
      throw error
    }
    const { train, test } = await listDataset(at('links'))
    expect(train.map(({ path }) => basename(path))).toEqual(['00.png', '01.png', 'gone.png'])
    expect(test).toEqual([{ path: at('links/test/spot/0.png'), defect: 'spot' }])
    const fitted = run('fit', at('links'), '--model', at('links.ukae'), '--calibration', '0')
    expect(fitted.status).toBe(1)
    expect(fitted.stderr).toContain('gone.png: ENOENT')
    expect(JSON.parse(fitted.lines[0])).toMatchObject({ images: 2, unreadable: 1 })
  }, 60_000)

  it('ends without a word when nobody reads on', async () => {
    const { code, stderr } = await runUntilFirstLine(
      'inspect',
      at('model.ukae'),
      '--no-maps',
      ...Array(20).fill(at('fine.png')),
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
  }, 60_000)

  it('lists data sets with their masks', async () => {
    const { train, test } = await listDataset(folder)
    expect(train.length).toBe(30)
    expect(test).toEqual([{ path: at('test/spot/0.png'), defect: 'spot', mask: at('ground_truth/spot/0_mask.png') }])
  })
})
