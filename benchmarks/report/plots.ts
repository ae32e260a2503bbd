/** The plots, as ECharts options. */

import type { Timing } from '../harness/measure.js'
import type { PeerRow, RuntimeResults } from '../harness/results.js'
import { countText, figure, timeText, whoText } from '../harness/texts.js'
import { axis, colorOf, colors, runtimeColors, symbols, tooltip } from './theme.js'

/** Million elements per second: n elements in ns nanoseconds. */
const throughput = (t: Timing, ns = t.median) => (1e3 * t.n) / ns

const THROUGHPUT = 'million elements/s'

/** Powers of ten around some values, so that the axis ends at a labeled tick. */
function decades(values: readonly number[]) {
  const logs = values.map(Math.log10)
  return { min: 10 ** Math.floor(Math.min(...logs)), max: 10 ** Math.ceil(Math.max(...logs)) }
}

/** Where both are equally fast, on an axis of ratios. */
const equality = (color: string) => ({
  silent: true,
  symbol: 'none',
  label: { formatter: 'equal', color, position: 'start' },
  lineStyle: { color },
  data: [{ xAxis: 1 }],
})

const spreadText = (t: Timing) => `${timeText(t.median)} (${timeText(t.low)} – ${timeText(t.high)})`

/** One operation: throughput against size, a line for each backend, instruction set and number of threads. */
export function againstSize(timings: readonly Timing[]) {
  const lines = new Map<string, Timing[]>()
  for (const t of timings) lines.set(whoText(t), [...(lines.get(whoText(t)) ?? []), t])
  const sizes = [...new Set(timings.map((t) => t.n))].sort((a, b) => a - b)
  return {
    animation: false,
    grid: { left: 58, right: 18, top: 14, bottom: 44 },
    tooltip: {
      ...tooltip(),
      trigger: 'item',
      formatter: ({ data }: { data: { t: Timing } }) =>
        `${whoText(data.t)}<br>${countText(data.t.n)} elements<br>${figure(throughput(data.t))} ${THROUGHPUT}<br>${spreadText(data.t)}`,
    },
    // Categories: three or four sizes, spelled out, evenly apart.
    xAxis: axis('elements', { type: 'category', data: sizes.map(countText), boundaryGap: true }),
    yAxis: axis(THROUGHPUT, { type: 'log', nameGap: 44, ...decades(timings.map((t) => throughput(t))) }),
    series: [...lines.values()].map((same) => ({
      type: 'line',
      symbolSize: 7,
      lineStyle: { width: 2, type: same[0].threads > 1 ? 'dashed' : 'solid' },
      itemStyle: { color: colorOf(same[0]) },
      data: [...same].sort((a, b) => a.n - b.n).map((t) => ({ value: [countText(t.n), throughput(t)], t })),
    })),
  }
}

/** Native on its widest instruction set and one thread, and wasm, of an operation at a size. */
export function pairOf(timings: readonly Timing[]) {
  const native = timings.filter((t) => t.backend === 'native' && t.threads === 1).at(-1)
  const wasm = timings.find((t) => t.backend === 'wasm')
  return { native, wasm }
}

const ROW = 24
/** Height of a plot with so many rows. */
export const heightOf = (rows: number) => rows * ROW + 90

const rowsAxis = (names: readonly string[]) => ({
  ...axis(''),
  type: 'category',
  data: names,
  inverse: true,
  axisLabel: { ...axis('').axisLabel, width: 260, overflow: 'truncate', hideOverlap: false, interval: 0 },
  axisTick: { show: false },
  splitLine: { show: true, lineStyle: { color: colors().line, opacity: 0.35 } },
})

/** How many times as fast native is, by operation. */
export function nativeAgainstWasm(rows: readonly { group: string; native: Timing; wasm: Timing }[]) {
  const { text, faint } = colors()
  const ratio = ({ native, wasm }: { native: Timing; wasm: Timing }) => wasm.median / native.median
  return {
    animation: false,
    grid: { left: 280, right: 60, top: 24, bottom: 50 },
    tooltip: {
      ...tooltip(),
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const { group, native, wasm } = rows[dataIndex]
        return `${group}<br>${whoText(native)}: ${spreadText(native)}<br>${whoText(wasm)}: ${spreadText(wasm)}`
      },
    },
    xAxis: axis('time on wasm over time on native, one thread (×)', { type: 'value', min: 0 }),
    yAxis: rowsAxis(rows.map(({ group }) => group)),
    series: [
      {
        type: 'bar',
        barWidth: 13,
        itemStyle: { color: '#2f7fc1' },
        label: {
          show: true,
          position: 'right',
          color: text,
          formatter: ({ value }: { value: number }) => `${figure(value)}×`,
        },
        data: rows.map(ratio),
        markLine: equality(faint),
      },
    ],
  }
}

/** Dots: an operation's throughput in each runtime. `pick` takes a backend's timing from those of an operation. */
export function runtimesSideBySide(
  runtimes: readonly { runtime: RuntimeResults; of: (group: string) => Timing | undefined }[],
  groups: readonly string[],
) {
  const found = runtimes.flatMap(({ of }) => groups.flatMap((group) => of(group) ?? []))
  return {
    animation: false,
    grid: { left: 280, right: 30, top: 40, bottom: 50 },
    legend: { type: 'scroll', top: 0, itemWidth: 12, itemGap: 18, textStyle: { color: colors().text } },
    tooltip: {
      ...tooltip(),
      formatter: ({ seriesName, data }: { seriesName: string; data: { t: Timing } }) =>
        `${data.t.group}<br>${seriesName}, ${whoText(data.t)}<br>${figure(throughput(data.t))} ${THROUGHPUT}<br>${spreadText(data.t)}`,
    },
    xAxis: axis(THROUGHPUT, { type: 'log', ...decades(found.map((t) => throughput(t))) }),
    yAxis: rowsAxis(groups),
    series: runtimes.map(({ runtime, of }, i) => ({
      name: runtime.label,
      type: 'scatter',
      symbol: symbols[i % symbols.length],
      symbolSize: 11,
      itemStyle: { color: runtimeColors[i % runtimeColors.length], opacity: 0.9 },
      data: groups.flatMap((group) => {
        const t = of(group)
        return t ? [{ value: [throughput(t), group], t }] : []
      }),
    })),
  }
}

const peerLabel = (row: PeerRow) => `${row.case} — ${row.peer}`

/** Cases beside their peers, native on its widest instruction set. */
export function peerRows(rows: readonly PeerRow[]) {
  const widest = rows.filter(({ backend }) => backend === 'native').at(-1)?.isa
  const shown = rows.filter(({ backend, isa }) => backend !== 'native' || isa === widest)
  return { shown, labels: [...new Set(shown.map(peerLabel))] }
}

/** Ratios to peers as dots, targets as upright strokes. */
export function besidePeers(rows: readonly PeerRow[], labels: readonly string[]) {
  const { text, faint } = colors()
  const kinds = [
    { name: 'native', color: '#2f7fc1', of: (r: PeerRow) => r.backend === 'native' },
    { name: 'wasm', color: '#9a5fd0', of: (r: PeerRow) => r.backend === 'wasm' },
    { name: 'plain TypeScript', color: '#c9932b', of: (r: PeerRow) => r.backend === 'js' },
  ].filter(({ of }) => rows.some(of))
  const dots = kinds.map(({ name, color, of }) => ({
    name,
    type: 'scatter',
    symbolSize: 10,
    itemStyle: { color },
    data: rows.filter(of).map((row) => ({ value: [row.ratio, peerLabel(row)], row })),
  }))
  const targets = kinds.map(({ name, color, of }) => ({
    name: `target, ${name}`,
    type: 'scatter',
    symbol: 'rect',
    symbolSize: [3, 18],
    itemStyle: { color, opacity: 0.75 },
    data: rows
      .filter((row) => of(row) && row.target !== null)
      .map((row) => ({ value: [row.target, peerLabel(row)], row })),
  }))
  return {
    animation: false,
    grid: { left: 420, right: 30, top: 40, bottom: 50 },
    legend: { type: 'scroll', top: 0, itemWidth: 12, itemGap: 18, textStyle: { color: text } },
    tooltip: {
      ...tooltip(),
      formatter: ({ data: { row } }: { data: { row: PeerRow } }) =>
        `${row.case}<br>${whoText(row)}: ${figure(row.ours)} ${row.unit}<br>${row.peer} ${row.peerVersion}: ${figure(row.theirs)} ${row.unit}` +
        `<br>${figure(row.ratio)}×${row.target === null ? '' : `, target ${row.target}×: ${row.met ? 'met' : 'missed'}`}`,
    },
    xAxis: axis('times as fast as the peer (×)', {
      type: 'log',
      ...decades(rows.flatMap(({ ratio, target }) => [ratio, target ?? ratio, 1])),
    }),
    yAxis: { ...rowsAxis(labels), axisLabel: { ...rowsAxis(labels).axisLabel, width: 400 } },
    series: [
      {
        type: 'line',
        data: [],
        markLine: equality(faint),
      },
      ...dots,
      ...targets,
    ],
  }
}
