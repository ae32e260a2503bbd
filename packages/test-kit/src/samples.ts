import {
  allocateArray,
  type Backend,
  createReport,
  type Element,
  type ElementArrays,
  type PreparedRow,
  type Sample,
  type SampleSource,
} from '@ukernels/runtime'

/** A deterministic source of sample data: 32-bit words of a Weyl sequence through a mixer. */
export function createSampleSource(seed: number): SampleSource {
  let state = seed >>> 0
  const word = () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  const floats = (n: number, bits: () => number) => {
    const words = new Uint32Array(n)
    for (let i = 0; i < n; i++) words[i] = bits()
    return new Float32Array(words.buffer)
  }
  const popcount = (w: number) => {
    let count = 0
    for (; w; w &= w - 1) count++
    return count
  }
  return {
    below: (n) => Math.floor((word() / 2 ** 32) * n),
    // Exponents of a binomial distribution: log2|x| is close to normal.
    gradients: (n) =>
      floats(n, () => {
        const w = word()
        return (w & 3) === 0 ? 0 : ((w & 0x80000000) | ((119 + popcount(word() & 0xffff)) << 23) | (w >>> 9)) >>> 0
      }),
    anyFloats: (n) => floats(n, word),
    bytes: (n) => {
      const bytes = new Uint8Array(n)
      for (let i = 0; i < n; i++) bytes[i] = word()
      return bytes
    },
  }
}

type AnyArray = ElementArrays[Element]

/** Caller's arguments of a row for one sample, with outputs, reports and cells made for it; handles are 0. */
export function argumentsOf(row: PreparedRow, sample: Sample): unknown[] {
  const scope = row.names.map((name) => Number(sample[name] ?? 0))
  for (const { param, binds } of row.arrays) {
    const given = sample[param.name] as AnyArray | undefined
    if (binds >= 0 && given !== undefined) scope[binds] = given.length
  }
  return row.params.flatMap((param): unknown[] => {
    switch (param.kind) {
      case 'span':
      case 'scratch':
        return []
      case 'report':
        return [createReport(row.row)]
      case 'used':
      case 'creates':
        return [new Float64Array(1)]
      case 'handle':
      case 'frees':
        return [0]
      case 'input':
      case 'inout':
        if (sample[param.name] === undefined && !param.optional)
          throw new TypeError(`sample of '${row.name}' lacks '${param.name}'`)
        return [(sample[param.name] as AnyArray | undefined)?.slice()]
      case 'output': {
        const array = row.arrays.find((a) => a.param === param)
        return [allocateArray(param.element, array?.evaluate(scope) ?? 0)]
      }
      default:
        if (sample[param.name] === undefined) throw new TypeError(`sample of '${row.name}' lacks '${param.name}'`)
        return [sample[param.name]]
    }
  })
}

/** Makes the state that a row's handle needs, from the first sample of the row that creates it. */
export function openHandle(
  backend: Backend,
  rows: readonly PreparedRow[],
  type: string,
  samplesOf: (row: string) => Sample[],
): number {
  const creator = rows.find((row) => row.params.some((p) => p.kind === 'creates' && p.type === type))
  if (!creator) throw new TypeError(`no row creates '${type}'`)
  const args = argumentsOf(creator, samplesOf(creator.name)[0])
  const status = call(backend, creator.name, args)
  if (status !== 0) throw new Error(`${creator.name}: status ${status}`)
  const cell = creator.params.findIndex((p) => p.kind === 'creates')
  return (args[creator.args[cell]] as Float64Array)[0]
}

/** Calls a row by name. */
export const call = (backend: Backend, row: string, args: readonly unknown[]): number =>
  (backend.call as Record<string, (...args: unknown[]) => number>)[row](...args)

/** Starts a row by name. */
export const start = (backend: Backend, row: string, args: readonly unknown[]): Promise<number> =>
  (backend.start as Record<string, (args: readonly unknown[]) => Promise<number>>)[row](args)
