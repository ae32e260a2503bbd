// The table beside the peers in a package's README, made from results/<kernel>.peers.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const figure = (ratio) => Number(ratio.toPrecision(2)).toLocaleString('en')

/** The least and the greatest ratio of some rows. */
function range(rows) {
  if (rows.length === 0) return ''
  const ratios = rows.map(({ ratio }) => ratio).sort((a, b) => a - b)
  const [least, greatest] = [figure(ratios[0]), figure(ratios.at(-1))]
  return least === greatest ? `${least}×` : `${least} – ${greatest}×`
}

/** The README's section: machine and date, then one line per group of cases; native with its widest instruction set. */
export function speedTable({ machine, date, rows }) {
  const widest = rows.filter(({ backend }) => backend === 'native').at(-1)?.isa
  const groups = new Map()
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  const lines = [...groups.values()].map((same) => {
    const native = same.filter(({ backend, isa }) => backend === 'native' && isa === widest)
    const wasm = same.filter(({ backend }) => backend === 'wasm')
    const [{ peer, peerVersion, group }] = same
    return `| ${peer} (${peerVersion}) | ${group} | ${range(native)} | ${range(wasm)} |`
  })
  return [
    `How many times as fast as each peer, on the same data in the same run: ${machine.cpu}, ${machine.cores} cores,`,
    `${machine.runtime}, native with ${widest}, ${date.slice(0, 10)}. One thread on both sides unless the row says otherwise.`,
    '',
    '| peer | case | native | wasm |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n')
}

const keyOf = ({ peer, group }) => `${peer}|${group}`

/** Replaces what lies between the README's marks. */
export function writeSpeedTable(root, kernel, results) {
  const path = join(root, 'packages', kernel, 'README.md')
  const text = readFileSync(path, 'utf8')
  const marked = /(<!-- speed -->\n)[\s\S]*?(<!-- \/speed -->)/
  writeFileSync(
    path,
    text.replace(marked, (_, before, after) => `${before}${speedTable(results)}\n${after}`),
  )
}
