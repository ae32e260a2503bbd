/** Small pieces of the report's page. */
import type { Results } from '../harness/results.js'

/** An element with attributes and content; text is text, never markup. */
export function element(
  tag: string,
  attributes: Record<string, string> = {},
  ...content: (Node | string)[]
): HTMLElement {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...content)
  return made
}

export function section(root: HTMLElement, title: string, note: string): HTMLElement {
  const body = element('section', {}, element('h2', {}, title), element('p', {}, note))
  root.append(body)
  return body
}

/** A choice; `options` are pairs of value and text. */
export function select(
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
  onChange: (value: string) => void,
): HTMLElement {
  const made = element('select') as HTMLSelectElement
  for (const [value, text] of options) made.append(element('option', { value }, text))
  made.value = chosen
  made.addEventListener('change', () => onChange(made.value))
  return element('label', {}, `${label} `, made)
}

export function legend(entries: readonly { text: string; color: string; dashed: boolean }[]): HTMLElement {
  const items = entries.map(({ text, color, dashed }) => {
    const stroke = element('i', { style: `border-color:${color};border-top-style:${dashed ? 'dashed' : 'solid'}` })
    return element('span', {}, stroke, text)
  })
  return element('div', { class: 'legend' }, ...items)
}

/** A table; columns from `numbers` on are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], numbers: number): HTMLElement {
  const cellsOf = (tag: string, texts: readonly string[]) =>
    texts.map((text, i) => element(tag, i >= numbers ? { class: 'n' } : {}, text))
  const body = rows.map((texts) => element('tr', {}, ...cellsOf('td', texts)))
  return element('table', {}, element('tr', {}, ...cellsOf('th', head)), ...body)
}

/** What the figures depend on. */
export function facts({ machine, date, commit, versions, runtimes, ...run }: Results): HTMLElement {
  const rows: [string, string][] = [
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}`],
    ['Commit', `${commit}, ${date.slice(0, 16).replace('T', ' ')} UTC`],
    ['Runtimes', runtimes.map(({ label }) => label).join(', ')],
    [
      'Packages',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    [
      'Protocol',
      `${run.processes} fresh process${run.processes === 1 ? '' : 'es'} per runtime, ${run.rounds} turns of ${run.milliseconds} ms for every case, backends in turn; ` +
        'the digest of every result is compared with the others’ before anything is timed',
    ],
    ...(run.quick ? ([['Note', 'A quick look: too short to be quoted.']] as [string, string][]) : []),
  ]
  return element('dl', {}, ...rows.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]))
}
