/** What the program shows on a terminal. */
import { describe, expect, it } from 'vitest'
import { FitProgress } from '../src/cli/fit-progress.js'
import { ProgressLine, resultPrinter } from '../src/cli/progress.js'

/** A screen that keeps what is written. */
function screen(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, columns: 40, written, write: (text: string) => written.push(text) }
}

describe('the progress of a fit', () => {
  it('counts pictures, then the stages that come once, and never goes back', () => {
    const terminal = screen(true)
    let now = 0
    const progress = new FitProgress(new ProgressLine(terminal, () => (now += 100)))
    for (let i = 0; i < 3; i++) {
      progress.picture(i, 3)
      for (const done of [1, 2]) progress.stage({ phase: 'covariance', done, total: 2 })
      progress.stage({ phase: 'calibrate', done: 1, total: 1 })
    }
    progress.picture(3, 3)
    progress.stage({ phase: 'factor', done: 1, total: 1 })
    for (const done of [1, 5, 3, 10]) progress.stage({ phase: 'train', done, total: 10 })
    for (const done of [1, 2]) progress.stage({ phase: 'calibrate', done, total: 2 })
    expect(terminal.written.map((text) => text.replace('\r\x1b[K', ''))).toEqual([
      'pictures 0/3 0 %',
      'pictures 1/3 33 %',
      'pictures 2/3 66 %',
      'pictures 3/3 100 %',
      'train 1/10 10 %',
      'train 5/10 50 %',
      'train 10/10 100 %',
      'calibrate 1/2 50 %',
      'calibrate 2/2 100 %',
    ])
  })

  it('is drawn ten times a second at most, and at its end', () => {
    const terminal = screen(true)
    let now = 0
    const line = new ProgressLine(terminal, () => now)
    for (; now < 1000; now += 20) line.show('inspect', now, 2000)
    line.show('inspect', 2000, 2000)
    expect(terminal.written.length).toBe(11)
    expect(terminal.written.at(-1)).toContain('100 %')
  })

  it('shows nothing where there is no terminal', () => {
    const file = screen(false)
    new FitProgress(new ProgressLine(file)).picture(0, 3)
    expect(file.written).toEqual([])
  })
})

describe('an error of a picture', () => {
  const result = { image: 'a.png', error: 'is cut short' }

  it.each([
    [true, []],
    [false, ['a.png: is cut short\n']],
  ])('is told once on a terminal: %s', (isTTY, told) => {
    const [stdout, stderr] = [screen(isTTY), screen(true)]
    const print = resultPrinter(stdout, new ProgressLine(stderr))
    print(result)
    print({ image: 'b.png', score: 1 })
    expect(stdout.written.map((text) => JSON.parse(text))).toEqual([result, { image: 'b.png', score: 1 }])
    expect(stderr.written).toEqual(told)
  })
})
