/** The README's table: what is made of cells, and which claims the check finds. */
import { describe, expect, it } from 'vitest'
import { kernels } from '../lib/paths.mjs'
import { differences, platformCells, rowsOf, tableOf, written } from '../world/where-it-runs.mjs'

const [first, ...others] = kernels
const cell = (group, row, backend, state) => ({ group, row, backend, kernel: first, state })
/** The same cell of every kernel. */
const all = (group, row, backend, state) => kernels.map((kernel) => ({ ...cell(group, row, backend, state), kernel }))

const page = (rows) => written('# It\n\n<!-- where it runs -->\nold\n<!-- /where it runs -->\n\nMore.\n', rows)

describe('rows', () => {
  it('have a cell per backend, and none where a backend is not meant', () =>
    expect(rowsOf([...all('browser', 'page', 'wasm', 'ran')])).toEqual([['browser', 'page', '–', '✓']]))

  it('say what holds for every kernel: the weakest', () => {
    const mixed = (state) => [cell('hosts', 'a', 'native', state), ...all('hosts', 'a', 'native', 'ran').slice(1)]
    const text = (state) => rowsOf(mixed(state))[0][2]
    expect(['failed', 'skipped', 'built', 'checked', 'ran'].map(text)).toEqual([
      '✗',
      'not run',
      'built, not run here',
      'checked, not run',
      '✓',
    ])
  })

  it('are not run where a kernel is missing', () => {
    expect(others).not.toEqual([])
    expect(rowsOf([cell('hosts', 'a', 'native', 'ran')])).toEqual([['hosts', 'a', 'not run', '–']])
  })

  it('come in the order of the groups, then of the cells', () => {
    const cells = [
      ...all('platforms', 'c', 'native', 'built'),
      ...all('runtimes', 'b', 'native', 'ran'),
      ...all('runtimes', 'a', 'native', 'ran'),
    ]
    expect(rowsOf(cells).map(([, row]) => row)).toEqual(['b', 'a', 'c'])
  })
})

it('the table has a heading for each group that has rows', () =>
  expect(tableOf([['runtimes', 'Node 20', '✓', '✓']])).toBe(
    '| | native | wasm |\n|---|---|---|\n| **Runtimes** | | |\n| Node 20 | ✓ | ✓ |\n',
  ))

describe('platforms', () => {
  const ran = { on: 'Node 24 on musl', native: 'ran', wasm: 'ran' }
  const never = () => false
  const entries = (entry) => Object.fromEntries(kernels.map((kernel) => [kernel, { date: '2026-02-03', ...entry }]))

  it('where the addons were run are what that said, else built', () =>
    expect(rowsOf(platformCells({ 'linux-x64-musl': entries({ ran }), 'win32-x64': entries({}) }, never))).toEqual([
      ['platforms', 'linux-x64-musl, 2026-02-03, Node 24 on musl', '✓', '✓'],
      ['platforms', 'win32-x64, 2026-02-03', 'built, not run here', 'not run'],
    ]))

  it('say where a kernel was not built, or its sources have changed since', () => {
    const some = { 'win32-x64': { [first]: { date: '2026-02-03' } } }
    expect(rowsOf(platformCells(some, never))).toEqual([
      ['platforms', 'win32-x64, 2026-02-03', 'not built of every kernel', 'not run'],
    ])
    expect(rowsOf(platformCells({ 'win32-x64': entries({}) }, (kernel) => kernel === first))).toEqual([
      ['platforms', 'win32-x64, 2026-02-03, of older sources', 'built, not run here', 'not run'],
    ])
  })

  it('have the oldest date, and the weakest state', () => {
    const record = entries({ ran: { ...ran, native: 'failed' } })
    record[first] = { date: '2025-12-31', ran }
    expect(rowsOf(platformCells({ 'linux-x64-musl': record }, never))).toEqual([
      ['platforms', 'linux-x64-musl, 2025-12-31, Node 24 on musl', '✗', '✓'],
    ])
  })
})

describe('differences', () => {
  const ran = [
    ['runtimes', 'Node 20', '✓', '✓'],
    ['platforms', 'win32-x64, 2026-02-03', 'built, not run here', 'not run'],
  ]

  it('there are none after the table was written, which leaves the rest of the page', () => {
    expect(differences(ran, page(ran))).toEqual([])
    expect(page(ran)).toMatch(/^# It\n\n<!-- where it runs -->\n\| \|[\s\S]+\n<!-- \/where it runs -->\n\nMore\.\n$/)
  })

  it('a cell that says more than what ran', () => {
    const failed = [['runtimes', 'Node 20', '✗', '✓'], ran[1]]
    expect(differences(failed, page(ran))).toEqual(['Node 20: README.md has ✓, ✓; the tests say ✗, ✓'])
  })

  it('a row that nothing ran, and one that is not there', () => {
    expect(differences([ran[0]], page(ran))).toEqual(['win32-x64, 2026-02-03: no test ran this'])
    expect(differences(ran, page([ran[1]]))).toEqual(['Node 20: README.md has no such row; the tests say ✓, ✓'])
    expect(differences([['runtimes', 'Bun', 'not run', 'not run']], page([]))).toHaveLength(1)
  })

  it('what this machine cannot run may be said by another, but not of a platform', () => {
    expect(differences([['runtimes', 'Node 20', 'not run', '✓'], ran[1]], page(ran))).toEqual([])
    const claimed = page([ran[0], ['platforms', 'win32-x64, 2026-02-03', 'built, not run here', '✓']])
    expect(differences(ran, claimed)).toHaveLength(1)
  })
})
