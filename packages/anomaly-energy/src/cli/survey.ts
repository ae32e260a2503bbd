/** What the headers of a folder's pictures say, before any of them is decoded. */
import { patchSettings } from '../options.js'
import type { FitCommand } from './arguments.js'
import { type Header, readHeader, reasonOf } from './pictures.js'
import type { ProgressLine } from './progress.js'

export interface Survey {
  /** Files that the fit reads, in order. */
  files: string[]
  /** 3 if any picture has color, unless luminance is asked for. */
  channels: 1 | 3
  /** Pictures whose header can't be read, or that are too large. */
  unreadable: number
  /** Pictures of a size that the method can't take. */
  skipped: number
}

/** Methods whose model is of one size. */
const ONE_SIZE: ReadonlySet<FitCommand['method']> = new Set(['conv-ebm', 'padim', 'fre'])

/** Sides of what the method gets of a picture: its tiles, where it works on tiles. */
const sidesOf = ({ w, h }: Header, tile = Number.POSITIVE_INFINITY) => `${Math.min(w, tile)} x ${Math.min(h, tile)}`

/** The value that most have; of several the first. */
function commonest(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts.keys()].sort((a, b) => (counts.get(b) as number) - (counts.get(a) as number))[0]
}

/** @returns what is wrong with the size of a picture, for each one of which something is */
function sizeCheck({ method, size, tile }: FitCommand, headers: Iterable<Header>) {
  if (size !== undefined) return () => undefined
  const { patch } = patchSettings()
  if (method === 'patch-energy') {
    return ({ w, h }: Header) =>
      Math.min(w, h) < patch ? `${w} x ${h} pixels are less than a patch of ${patch} x ${patch}: see --size` : undefined
  }
  if (!ONE_SIZE.has(method)) return () => undefined
  const common = commonest(Array.from(headers, (header) => sidesOf(header, tile)))
  return (header: Header) => {
    const sides = sidesOf(header, tile)
    return sides === common
      ? undefined
      : `${method} takes pictures of one size, most have ${common} pixels, got ${sides}: see --size${tile === undefined ? ' and --tile' : ''}`
  }
}

/** Looks at all pictures. Those that the fit can't take are named and left out. */
export async function survey(files: readonly string[], command: FitCommand, line: ProgressLine): Promise<Survey> {
  const headers = new Map<string, Header>()
  for (const [i, file] of files.entries()) {
    line.show('headers', i, files.length)
    try {
      headers.set(file, await readHeader(file, command.maxPixels))
    } catch (error) {
      line.say(`${file}: ${reasonOf(error)}`)
    }
  }
  const wrongSize = sizeCheck(command, headers.values())
  const taken: string[] = []
  for (const [file, header] of headers) {
    const wrong = wrongSize(header)
    if (wrong === undefined) taken.push(file)
    else line.say(`${file}: ${wrong}`)
  }
  const color = !command.gray && taken.some((file) => headers.get(file)?.channels === 3)
  return {
    files: taken,
    channels: color ? 3 : 1,
    unreadable: files.length - headers.size,
    skipped: headers.size - taken.length,
  }
}
