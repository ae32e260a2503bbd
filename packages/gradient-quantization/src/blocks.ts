/** MX and NVFP4 blocks: codes that share a scale (brief: "Packing, block formats"; OCP MX v1.0). */
import { lengthError, list, rangeError, typeError } from '@ukernels/runtime'
import { checkApart, checkInput } from './arrays.js'
import { codecOf, lutOf, scaledTable } from './codec.js'
import type { Context } from './context.js'
import { type Format, formats, sharedDecodeTable } from './formats.js'
import { amaxOf, checkFinite, toFloats } from './input.js'
import {
  type BlockOptions,
  checkOptions,
  choice,
  type Input,
  integer,
  isFinitePositive,
  noOptions,
  offsetOf,
  real,
  roundings,
  scaleModes,
  seedOf,
  streamOf,
} from './options.js'
import { checkPart, codesFor, type Destination } from './output.js'
import type { BlockFormatName, BlockPacked } from './packed.js'
import { type Steps, step } from './steps.js'

const MX_BLOCK = 32
const NVFP4_BLOCK = 16
/** Elements beyond a block's range saturate; non-finite ones never reach the codec. */
const SATURATE = 0
const NAN_MAX = 2
/** Largest E2M1 value times largest E4M3FN scale. */
const NVFP4_MAX = 6 * 448

const names: readonly BlockFormatName[] = ['mxfp8e4m3', 'mxfp8e5m2', 'mxfp6e3m2', 'mxfp6e2m3', 'mxfp4', 'nvfp4']
const elements: Record<BlockFormatName, Format> = {
  mxfp8e4m3: formats.e4m3fn,
  mxfp8e5m2: formats.e5m2,
  mxfp6e3m2: formats.e3m2fn,
  mxfp6e2m3: formats.e2m3fn,
  mxfp4: formats.e2m1fn,
  nvfp4: formats.e2m1fn,
}
const nonFinites = ['throw', 'poison'] as const
const tails = ['pad', 'throw'] as const

interface Shape {
  blockSize: number
  /** At least 1, as the low-level functions want it. */
  rowLength: number
  blocks: number
}

function shapeOf(format: BlockFormatName, n: number, rowLength: number): Shape {
  const blockSize = format === 'nvfp4' ? NVFP4_BLOCK : MX_BLOCK
  if (rowLength === 0 ? n !== 0 : n % rowLength !== 0) {
    throw lengthError(`x must have whole rows of rowLength ${rowLength}, got ${n} elements`)
  }
  const blocks = rowLength === 0 ? 0 : (n / rowLength) * Math.ceil(rowLength / blockSize)
  return { blockSize, rowLength: Math.max(1, rowLength), blocks }
}

export function* encodeBlocks(
  context: Context,
  x: Input,
  format: BlockFormatName,
  options: BlockOptions = noOptions,
): Steps<BlockPacked> {
  if (format === undefined) throw typeError(`format is required: one of ${list(names)}`)
  choice('format', format, names)
  checkOptions(options)
  const { inputDtype, out } = options
  const n = checkInput('x', x, inputDtype)
  const rowLength = integer('rowLength', options.rowLength, 1, 2 ** 32 - 1, n)
  const { blockSize, rowLength: row, blocks } = shapeOf(format, n, rowLength)
  const tail = choice('tail', options.tail, tails)
  if (tail === 1 && rowLength % blockSize !== 0) {
    throw lengthError(`rowLength must be a multiple of ${blockSize} under tail: 'throw', got ${rowLength}`)
  }
  const scaleMode = choice('scaleMode', options.scaleMode, scaleModes)
  if (format === 'nvfp4' && options.scaleMode !== undefined) {
    throw rangeError(`scaleMode applies to the MX formats, got '${options.scaleMode}' for nvfp4`)
  }
  const rounding = choice('rounding', options.rounding, roundings)
  const seed = seedOf(options.seed, rounding === 1 ? "rounding: 'sr'" : undefined)
  const stream = streamOf(options.stream)
  const offset = offsetOf(options.offset)
  const poison = choice('nonFinite', options.nonFinite, nonFinites)
  const element = elements[format]
  const codec = codecOf(element, rounding, SATURATE, NAN_MAX, false)
  const data = codesFor(out?.data, blocks * blockSize, element.bits, 'out.data')
  const scales = codesFor(out?.scales, blocks, 8, 'out.scales')
  checkApart('out.data', data, 'x', x)
  checkApart('out.scales', scales, 'x', x)
  checkApart('out.scales', scales, 'out.data', data)

  if (format === 'nvfp4') {
    const source = context.own(x)
    const values = yield* toFloats(context, source, inputDtype, 'odd')
    const amax = yield* amaxOf(context, 'x', values, poison ? 'ignore' : 'throw')
    const tensorScale = Math.max(Math.fround(amax / NVFP4_MAX), 2 ** -126)
    const report = context.report('nvfp4Encode')
    yield step('nvfp4Encode', 'encode', blocks, [
      values,
      codec,
      tensorScale,
      row,
      blocks,
      seed,
      stream,
      offset,
      poison,
      data,
      scales,
      report,
    ])
    return { kind: 'nvfp4', format, n, rowLength, data, scales, tensorScale }
  }
  const values = yield* toFloats(context, x, inputDtype, 'odd')
  const report = context.report('mxEncode')
  yield step('mxEncode', 'encode', blocks, [
    values,
    codec,
    scaleMode,
    row,
    blocks,
    seed,
    stream,
    offset,
    poison,
    element.bits,
    data,
    scales,
    report,
  ])
  if (poison === 0) checkFinite('x', report.firstNonFinite)
  return { kind: 'mx', format, n, rowLength, scaleMode: scaleModes[scaleMode], data, scales }
}

/** E8M0 codes as block scales. */
const mxScales = () => scaledTable(sharedDecodeTable(formats.e8m0fnu), 1)

/** v = element · scale in f32, scale = 2^(code − 127), or tensorScale · code in f32. */
export function* decodeBlocks(p: BlockPacked, { out, mode, weight }: Destination): Steps<void> {
  choice('p.format', p.format, names)
  const rowLength = integer('p.rowLength', p.rowLength, 0, 2 ** 32 - 1)
  const { blockSize, rowLength: row, blocks } = shapeOf(p.format, out.length, rowLength)
  const element = elements[p.format]
  checkPart('p.data', p.data, 'Uint8Array', (blocks * blockSize * element.bits) / 8, out)
  checkPart('p.scales', p.scales, 'Uint8Array', blocks, out)
  const scaleLut = p.kind === 'mx' ? mxScales() : nvfp4Scales(p.tensorScale)
  const lut = lutOf(element, 1)
  yield step('blocksDecode', 'decode', blocks, [
    p.data,
    p.scales,
    lut,
    scaleLut,
    element.bits,
    blockSize,
    row,
    blocks,
    mode,
    weight,
    out,
  ])
}

function nvfp4Scales(tensorScale: number): Float32Array {
  const scale = real('p.tensorScale', tensorScale, isFinitePositive, 'finite and above 0')
  return scaledTable(sharedDecodeTable(formats.e4m3fn), scale)
}
