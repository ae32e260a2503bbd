/** Colors of who did it and where it ran, and ECharts options that all plots share. */
import type { Timing } from '../harness/measure.js'

const variable = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** The page's colors, light or dark. */
export const colors = () => ({ text: variable('--text'), faint: variable('--faint'), line: variable('--line') })

const isas: Record<string, string> = {
  'sse4.1': '#7fb2d9',
  avx2: '#2f7fc1',
  avx512: '#1b4f91',
  neon: '#2f7fc1',
  simd128: '#9a5fd0',
  none: '#c9932b',
}

/** Color of an instruction set; plain JavaScript has none. */
export const colorOf = ({ isa, threads }: Pick<Timing, 'isa' | 'threads'>): string =>
  threads > 1 ? '#21a179' : (isas[isa] ?? '#888')

export const runtimeColors = ['#2f9e44', '#7bc96f', '#0b7285', '#e8590c', '#868e96', '#4263eb', '#ae3ec9']
export const symbols = ['circle', 'triangle', 'diamond', 'rect', 'roundRect', 'emptyCircle', 'emptyDiamond']

/** An axis with its unit below or beside it. */
export function axis(name: string, more: object = {}) {
  const { text, faint, line } = colors()
  return {
    name,
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: { color: faint, fontSize: 12 },
    axisLabel: { color: text, fontSize: 11, hideOverlap: true },
    axisLine: { lineStyle: { color: line } },
    axisTick: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: line, opacity: 0.6 } },
    minorSplitLine: { show: false },
    ...more,
  }
}

export function tooltip() {
  return { confine: true, textStyle: { fontSize: 12 } }
}
