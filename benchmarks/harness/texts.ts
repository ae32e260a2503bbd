/** How reports spell what they show. */
import type { Timing } from './measure.js'

/** Three significant digits. */
export const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

/** Nanoseconds in the unit that suits them. */
export function timeText(ns: number): string {
  const [unit, scale] = ns < 1e3 ? ['ns', 1] : ns < 1e6 ? ['µs', 1e3] : ns < 1e9 ? ['ms', 1e6] : ['s', 1e9]
  return `${figure(ns / Number(scale))} ${unit}`
}

/** Who did it. */
export const whoText = ({ backend, isa, threads }: Pick<Timing, 'backend' | 'isa' | 'threads'>): string =>
  backend === 'js' ? 'plain JavaScript' : `${backend} ${isa}${threads > 1 ? `, ${threads} threads` : ''}`

/** A large number of elements: powers of two by their usual names. */
export function countText(n: number): string {
  if (n >= 2 ** 20 && n % 2 ** 20 === 0) return `${n / 2 ** 20} Mi`
  if (n >= 2 ** 10 && n % 2 ** 10 === 0) return `${n / 2 ** 10} Ki`
  return n.toLocaleString('en')
}
