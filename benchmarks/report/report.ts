/** The HTML report of a kernel's benchmark: plots per operation, and the table beside its peers. */
import { sizeName } from '../harness/data.js'
import type { Timing } from '../harness/measure.js'
import type { PeerResults, PeerRow, Results } from '../harness/results.js'
import { bars, escapeHtml, figure } from './svg.js'

const COLORS = { native: '#2f6f9f', wasm: '#7b4fa3', js: '#b58a2a' }

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100%; font-size: 14px } th, td { padding: .25rem .5rem; text-align: left }
th { border-bottom: 2px solid #999 } td { border-bottom: 1px solid #ddd } td.n { text-align: right }
.met { color: #17692f } .missed { color: #a32020 } h2 { margin-top: 2.5rem } h3 { margin: 1.2rem 0 .2rem }
svg { width: 100%; font-size: 12px } .label { text-anchor: end } .axis { text-anchor: middle; fill: #666 }
.tick { stroke: #ddd } .whisker { stroke: #111; stroke-width: 1.5 } .value { fill: #222 }
nav a { margin-right: 1rem }`

const who = (t: Timing) =>
  t.backend === 'js' ? 'plain JavaScript' : `${t.backend} ${t.isa}${t.threads > 1 ? `, ${t.threads} threads` : ''}`

/** One plot for each operation at a size: time per element. */
function plots(timings: readonly Timing[], n: number): string {
  const groups = new Map<string, Timing[]>()
  for (const t of timings) groups.set(t.group, [...(groups.get(t.group) ?? []), t])
  return [...groups]
    .map(([group, same]) => {
      const rows = same.map((t) => ({
        label: who(t),
        value: t.median / n,
        low: t.low / n,
        high: t.high / n,
        color: COLORS[t.backend],
      }))
      return `<h3>${escapeHtml(group)}</h3>${bars(rows, n === 1 ? 'ns' : 'ns/element')}`
    })
    .join('\n')
}

/** The rows of the table and the closed forms: time per call. */
function calls(timings: readonly Timing[]): string {
  const rows = timings.map(
    (t) =>
      `<tr><td>${escapeHtml(t.group)}</td><td>${escapeHtml(who(t))}</td><td class="n">${t.n.toLocaleString('en')}</td>` +
      `<td class="n">${figure(t.median / 1000)} µs</td><td class="n">${t.n > 1 ? figure(t.median / t.n) : ''}</td></tr>`,
  )
  const head = '<tr><th>call</th><th>by</th><th>longest array</th><th>median</th><th>ns/element</th></tr>'
  return `<table>${head}${rows.join('')}</table>`
}

function verdict({ target, met }: PeerRow): string {
  if (target === null) return '<td></td><td></td>'
  return `<td class="n">≥ ${target}×</td><td class="${met ? 'met' : 'missed'}">${met ? 'met' : 'missed'}</td>`
}

function peerTable({ rows, absent, date, commit }: PeerResults): string {
  const body = rows.map(
    (row) =>
      `<tr><td>${escapeHtml(row.case)}</td><td>${escapeHtml(row.peer)} ${escapeHtml(row.peerVersion)}</td>` +
      `<td>${row.backend} ${escapeHtml(row.isa)}${row.threads > 1 ? `, ${row.threads} threads` : ''}</td>` +
      `<td class="n">${figure(row.ours)}</td><td class="n">${figure(row.theirs)}</td><td>${escapeHtml(row.unit)}</td>` +
      `<td class="n">${figure(row.ratio)}×</td>${verdict(row)}</tr>`,
  )
  const missing = absent.map(({ peer, reason }) => `<li>${escapeHtml(peer)}: ${escapeHtml(reason)}</li>`)
  return (
    `<h2 id="peers">Beside its peers</h2><p>Same data, same run, ${escapeHtml(date.slice(0, 10))}, commit ${escapeHtml(commit)}.</p>` +
    '<table><tr><th>case</th><th>peer</th><th>we</th><th>ours</th><th>theirs</th><th></th><th>ratio</th><th>target</th><th></th></tr>' +
    `${body.join('')}</table>${missing.length > 0 ? `<p>Absent:</p><ul>${missing.join('')}</ul>` : ''}`
  )
}

/** A page of its own, without scripts or other files. */
export function renderReport(results: Results, peers: PeerResults | undefined): string {
  const { kernel, machine, date, commit, versions, processes, timings } = results
  const single = (t: Timing) => t.group.startsWith('row ') || t.n === 1
  const measured = timings.filter((t) => !single(t))
  const sizes = [...new Set(measured.map((t) => t.n))]
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const sections = sizes.map(
    (n) =>
      `<h2 id="n${n}">${sizeName(n)} elements</h2>${plots(
        measured.filter((t) => t.n === n),
        n,
      )}`,
  )
  const links = sizes.map((n) => `<a href="#n${n}">${sizeName(n)}</a>`)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escapeHtml(kernel)}: benchmark</title><style>${STYLE}</style>
<h1>${escapeHtml(kernel)}</h1>
<p>${escapeHtml(machine.cpu)}, ${machine.cores} cores, ${escapeHtml(machine.os)}, ${escapeHtml(machine.runtime)}; ${escapeHtml(date)},
commit ${escapeHtml(commit)}; ${escapeHtml(names.join(', '))}. Medians over ${processes} processes; the lines span the
quartiles of all of them. Every result was compared with the others' before it was timed.</p>
<nav>${links.join('')}${peers ? '<a href="#peers">peers</a>' : ''}<a href="#calls">calls</a></nav>
${peers ? peerTable(peers) : ''}
${sections.join('\n')}
<h2 id="calls">Single calls, and every row of the table</h2>
${calls(timings.filter(single))}
</html>
`
}
