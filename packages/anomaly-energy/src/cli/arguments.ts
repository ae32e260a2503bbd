/** The command line: verbs, options, and what is said when they are wrong. */
import { parseArgs } from 'node:util'
import { type DetectorMethod, methods } from '../detector-options.js'
import { patchSettings } from '../options.js'

/** Share of the good images that calibrates, and rate of false alarms: the detector's defaults. */
export const DEFAULT_CALIBRATION = 0.2
export const DEFAULT_FPR = 0.05

export const usage = `ukernels-anomaly-energy: anomaly detection from good images alone

  ukernels-anomaly-energy fit <folder> [options]
      fits a detector to the good images of a folder: <folder>/train/good where there is one (MVTec's layout), else
      the pictures in <folder> itself; writes the model and prints a line of JSON
        --model <file>        where the model goes             (default detector.ukae)
        --method <name>       patch-energy, conv-ebm, padim, patchcore, fre, gaussian  (default patch-energy)
        --size <w>x<h>        resizes every image first
        --gray                takes luminance only
        --seed <integer>      (default 0)
        --calibration <share> good images kept for calibration (default ${DEFAULT_CALIBRATION})
        --fpr <rate>          rate of false alarms; takes 1 / rate - 1 calibration images
                              (default ${DEFAULT_FPR}, or the smallest rate that the calibration images allow)
        --tile <pixels>       works on tiles of this side
        --iterations <count>  training steps of conv-ebm       (default 500)

  ukernels-anomaly-energy inspect <model> <images…> [options]
      prints a line of JSON per image (score, pValue, isAnomalous, map) and writes a heat map beside it, *.heat.png;
      images of that name are left out
        --out <folder>        where heat maps go; default beside the images
        --no-maps             writes none

  both
        --backend <name>      auto, native, wasm
        --max-pixels <count>  refuses larger images            (default 100000000)
        --help, --version

PNG and JPEG; alpha is left out. Exit code: 0; 1 when an image or the fit failed; 2 for a wrong command line.
`

/** Wrong usage: told without a stack. */
export class UsageError extends Error {}

export interface CommonOptions {
  backend: 'auto' | 'native' | 'wasm' | undefined
  maxPixels: number
}
export interface FitCommand extends CommonOptions {
  verb: 'fit'
  folder: string
  model: string
  method: DetectorMethod
  size: { w: number; h: number } | undefined
  gray: boolean
  seed: bigint
  calibration: number
  fpr: number | undefined
  tile: number | undefined
  iterations: number | undefined
}
export interface InspectCommand extends CommonOptions {
  verb: 'inspect'
  model: string
  images: string[]
  out: string | undefined
  maps: boolean
}
export type Command = FitCommand | InspectCommand | { verb: 'help' } | { verb: 'version' }

const options = {
  model: { type: 'string' },
  method: { type: 'string' },
  size: { type: 'string' },
  gray: { type: 'boolean' },
  seed: { type: 'string' },
  calibration: { type: 'string' },
  fpr: { type: 'string' },
  tile: { type: 'string' },
  iterations: { type: 'string' },
  out: { type: 'string' },
  'no-maps': { type: 'boolean' },
  backend: { type: 'string' },
  'max-pixels': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

const ofVerb: Record<'fit' | 'inspect', readonly string[]> = {
  fit: ['model', 'method', 'size', 'gray', 'seed', 'calibration', 'fpr', 'tile', 'iterations'],
  inspect: ['out', 'no-maps'],
}
const common = ['backend', 'max-pixels']

type Values = ReturnType<typeof parse>['values']

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function numberOption(
  name: string,
  text: string | undefined,
  allowed: (v: number) => boolean,
  domain: string,
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !allowed(value)) throw new UsageError(`--${name} must be ${domain}, got '${text}'`)
  return value
}

const integerOption = (name: string, text: string | undefined, lo: number, hi: number) =>
  numberOption(name, text, (v) => Number.isInteger(v) && v >= lo && v <= hi, `an integer from ${lo} to ${hi}`)

function oneOf<T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  if (text === undefined) return undefined
  if (!allowed.includes(text as T))
    throw new UsageError(`--${name} must be one of ${allowed.join(', ')}, got '${text}'`)
  return text as T
}

function sizeOption(text: string | undefined): { w: number; h: number } | undefined {
  if (text === undefined) return undefined
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text)
  if (!match) throw new UsageError(`--size must be <width>x<height>, e.g. 256x256, got '${text}'`)
  return { w: Number(match[1]), h: Number(match[2]) }
}

function seedOption(text = '0'): bigint {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n)
    throw new UsageError(`--seed must be an integer from 0 to 2^64 - 1, got '${text}'`)
  return BigInt(text)
}

function commonOptions(values: Values): CommonOptions {
  const maxPixels = integerOption('max-pixels', values['max-pixels'], 1, Number.MAX_SAFE_INTEGER) ?? 1e8
  return { backend: oneOf('backend', values.backend, ['auto', 'native', 'wasm']), maxPixels }
}

/** @throws UsageError */
export function parseCommand(args: string[]): Command {
  const { values, positionals } = parse(args)
  if (values.help || args.length === 0) return { verb: 'help' }
  if (values.version) return { verb: 'version' }
  const [verb, ...rest] = positionals
  if (verb !== 'fit' && verb !== 'inspect')
    throw new UsageError(`the verb must be fit or inspect, got ${verb === undefined ? 'none' : `'${verb}'`}`)
  const foreign = Object.keys(values).find((name) => !ofVerb[verb].includes(name) && !common.includes(name))
  if (foreign) throw new UsageError(`--${foreign} is no option of ${verb}`)
  if (verb === 'inspect') {
    if (rest.length < 2) throw new UsageError('inspect takes a model and at least one image')
    const [model, ...images] = rest
    return { verb, model, images, out: values.out, maps: !values['no-maps'], ...commonOptions(values) }
  }
  return fitCommand(values, rest)
}

function fitCommand(values: Values, rest: string[]): FitCommand {
  if (rest.length !== 1) throw new UsageError(`fit takes one folder, got ${rest.length} arguments`)
  const method = oneOf('method', values.method, methods) ?? 'patch-energy'
  if (values.iterations !== undefined && method !== 'conv-ebm')
    throw new UsageError(`--iterations is of --method conv-ebm alone, got it with ${method}`)
  const calibration =
    numberOption('calibration', values.calibration, (v) => v >= 0 && v < 1, 'a share from 0 to below 1') ??
    DEFAULT_CALIBRATION
  const fpr = numberOption('fpr', values.fpr, (v) => v > 0 && v <= 1, 'a rate above 0, at most 1')
  if (calibration === 0 && fpr !== undefined)
    throw new UsageError(`--fpr takes calibration images, got ${fpr} with --calibration 0`)
  const least = method === 'patch-energy' ? patchSettings().patch : 1
  const size = sizeOption(values.size)
  if (size && Math.min(size.w, size.h) < least)
    throw new UsageError(`--size must be at least ${least}x${least} for ${method}, got '${values.size}'`)
  return {
    verb: 'fit',
    folder: rest[0],
    model: values.model ?? 'detector.ukae',
    method,
    size,
    gray: values.gray ?? false,
    seed: seedOption(values.seed),
    calibration,
    fpr,
    tile: integerOption('tile', values.tile, least, 2 ** 24),
    iterations: integerOption('iterations', values.iterations, 0, 2 ** 31),
    ...commonOptions(values),
  }
}
