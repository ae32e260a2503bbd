/** The report's page: what was measured, and the plots. */
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Timing } from '../harness/measure.js'
import type { PeerResults, RuntimeResults } from '../harness/results.js'
import { countText, figure, timeText, whoText } from '../harness/texts.js'
import { element, facts, legend, section, select, table } from './elements.js'
import type { ReportData } from './page-data.js'
import { againstSize, besidePeers, heightOf, nativeAgainstWasm, pairOf, peerRows, runtimesSideBySide } from './plots.js'
import { colorOf } from './theme.js'

use([
  BarChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  SVGRenderer,
])

const { results, peers }: ReportData = JSON.parse(document.getElementById('data')?.textContent ?? '')
const root = document.getElementById('report') as HTMLElement

const charts: ReturnType<typeof init>[] = []

/** Width that plots with names at their side take; on narrower screens they are scrolled. */
const NAMED_WIDTH = 760

/** A plot of a height in the page. */
function plot(parent: HTMLElement, height: number, option: Record<string, unknown>, width = 0): void {
  const box = element('div', { style: `height:${height}px; min-width:${width}px` })
  const frame = element('div', { style: 'overflow-x:auto' })
  frame.append(box)
  parent.append(frame)
  const chart = init(box)
  chart.setOption({ textStyle: { fontFamily: 'system-ui, sans-serif' }, ...option })
  charts.push(chart)
}

const isSingle = (t: Timing) => t.group.startsWith('row ') || t.n === 1
const groupsOf = (timings: readonly Timing[]) => [...new Set(timings.map((t) => t.group))]
const sizesOf = (timings: readonly Timing[]) => [...new Set(timings.map((t) => t.n))].sort((a, b) => a - b)

function sizeSection(timings: readonly Timing[], runtime: RuntimeResults): void {
  const body = section(
    root,
    'Throughput against size',
    `On ${runtime.label}. Points are medians over all processes; hover for the quartiles. The upright axis is logarithmic.`,
  )
  const who = new Map(timings.map((t) => [whoText(t), t]))
  body.append(legend([...who].map(([text, t]) => ({ text, color: colorOf(t), dashed: t.threads > 1 }))))
  const grid = element('div', { class: 'grid' })
  body.append(grid)
  for (const group of groupsOf(timings)) {
    const card = element('div', { class: 'card' }, element('h3', {}, group))
    grid.append(card)
    plot(card, 250, againstSize(timings.filter((t) => t.group === group)))
  }
}

function ratioSection(timings: readonly Timing[], runtime: RuntimeResults): void {
  const rows = groupsOf(timings).flatMap((group) => {
    const { native, wasm } = pairOf(timings.filter((t) => t.group === group))
    return native && wasm ? [{ group, native, wasm }] : []
  })
  if (rows.length === 0) return
  const note = `On ${runtime.label}, the widest instruction set of this machine.`
  plot(section(root, 'Native against wasm', note), heightOf(rows.length), nativeAgainstWasm(rows), NAMED_WIDTH)
}

function runtimesSection(kernel: string, size: number): void {
  for (const backend of ['native', 'wasm'] as const) {
    const runtimes = results.runtimes.flatMap((runtime) => {
      const timings = (runtime.kernels[kernel] ?? []).filter((t) => t.n === size && !isSingle(t))
      const of = (group: string) => pairOf(timings.filter((t) => t.group === group))[backend]
      return timings.some((t) => t.backend === backend) ? [{ runtime, of, timings }] : []
    })
    const groups = [...new Set(runtimes.flatMap(({ timings }) => groupsOf(timings.filter((t) => t.backend !== 'js'))))]
    if (runtimes.length < 2 || groups.length === 0) continue
    const title = `Runtimes side by side: ${backend}`
    const note = backend === 'native' ? 'The same addon, called from each.' : 'The same module, compiled by each.'
    plot(section(root, title, note), heightOf(groups.length), runtimesSideBySide(runtimes, groups), NAMED_WIDTH)
  }
}

function peersSection({ rows, date, commit, machine, absent }: PeerResults): void {
  const note =
    `Same data, same run, measured by npm run bench:peers on ${date.slice(0, 10)}, commit ${commit}, ${machine.cpu}. ` +
    'Dots are ratios, upright strokes the targets that were set beforehand.'
  const body = section(root, 'Beside its peers', note)
  const { shown, labels } = peerRows(rows)
  plot(body, heightOf(labels.length), besidePeers(shown, labels), NAMED_WIDTH)
  const missed = shown.filter(({ met }) => met === false)
  if (missed.length > 0) {
    const cells = missed.map((r) => [
      r.case,
      `${r.peer} ${r.peerVersion}`,
      whoText(r),
      `${figure(r.ratio)}×`,
      `${r.target}×`,
    ])
    body.append(
      element('h3', { class: 'missed' }, 'Targets missed'),
      table(['case', 'peer', 'by', 'ratio', 'target'], cells, 3),
    )
  }
  if (absent.length > 0)
    body.append(element('p', {}, `Absent: ${absent.map(({ peer, reason }) => `${peer} (${reason})`).join('; ')}.`))
}

function callsSection(timings: readonly Timing[]): void {
  if (timings.length === 0) return
  const body = section(root, 'Single calls', 'Closed forms, and every row of the table on its largest sample.')
  const cells = timings.map((t) => [t.group, whoText(t), t.n.toLocaleString('en'), timeText(t.median)])
  const fold = element('details', {}, element('summary', {}, `${timings.length} figures`))
  fold.append(table(['call', 'by', 'longest array', 'median'], cells, 2))
  body.append(fold)
}

const kernels = [...new Set(results.runtimes.flatMap((runtime) => Object.keys(runtime.kernels)))]
const state = { kernel: kernels[0], runtime: 0, size: 0 }

/** Everything anew: after a choice, or when the page turns dark. */
function draw(): void {
  for (const chart of charts.splice(0)) chart.dispose()
  root.replaceChildren(element('h1', {}, 'ukernels: benchmarks'), facts(results))
  const runtime = results.runtimes[state.runtime]
  const timings = runtime.kernels[state.kernel] ?? []
  const sized = timings.filter((t) => !isSingle(t))
  const sizes = sizesOf(sized)
  const size = sizes.includes(state.size) ? state.size : sizes[Math.min(1, sizes.length - 1)]
  const choose = (name: keyof typeof state) => (value: string) => {
    Object.assign(state, { [name]: name === 'kernel' ? value : Number(value) })
    draw()
  }
  root.append(
    element(
      'div',
      { class: 'controls' },
      select(
        'Kernel',
        kernels.map((name) => [name, name]),
        state.kernel,
        choose('kernel'),
      ),
      select(
        'Runtime',
        results.runtimes.map(({ label }, i) => [String(i), label]),
        String(state.runtime),
        choose('runtime'),
      ),
      select(
        'Elements',
        sizes.map((n) => [String(n), countText(n)]),
        String(size),
        choose('size'),
      ),
    ),
  )
  sizeSection(sized, runtime)
  ratioSection(
    sized.filter((t) => t.n === size),
    runtime,
  )
  runtimesSection(state.kernel, size)
  if (peers[state.kernel]) peersSection(peers[state.kernel])
  callsSection(timings.filter(isSingle))
}

draw()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
addEventListener('resize', () => {
  for (const chart of charts) chart.resize()
})
