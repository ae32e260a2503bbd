import { describe, expect, it } from 'vitest'
import { Progress } from '../../lib/progress.mjs'

/** Back to the start of the line, which is erased. */
const ERASE = '\r\x1b[2K'

/** A stream that keeps what is written. */
function recorder(isTTY) {
  const written = []
  return { isTTY, columns: 60, write: (text) => written.push(text) > 0, written }
}

describe('progress', () => {
  it('redraws one line on a terminal, cut to its width', () => {
    const stream = recorder(true)
    const progress = new Progress('training', stream)
    const lane = progress.lane('native')
    progress.lane('wasm')
    lane.done(0.5, 'a text that is too long for what is left of a line of sixty characters')
    progress.end()
    expect(stream.written).toHaveLength(2)
    const [drawn, removed] = stream.written.map((text) => text.slice(ERASE.length))
    expect(drawn).toMatch(/^training ████░{12} {2}25 % {2}native: a text/)
    expect([drawn.length, removed]).toEqual([59, ''])
    expect(stream.written.every((text) => text.startsWith(ERASE))).toBe(true)
  })

  it('does not redraw more than ten times a second', () => {
    const stream = recorder(true)
    const lane = new Progress('training', stream).lane('native')
    for (let i = 0; i < 1000; i++) lane.update(i / 1000, 'step')
    expect(stream.written.length).toBeLessThan(20)
  })

  it('prints a line for finished work alone elsewhere', () => {
    const stream = recorder(false)
    const progress = new Progress('training', stream)
    const lane = progress.lane('wasm')
    lane.update(0.2, 'step 1')
    lane.done(0.25, 'fp32: 93 %')
    progress.end()
    expect(stream.written).toEqual(['training   25 %  wasm  fp32: 93 %\n'])
  })
})
