/** MX and NVFP4 blocks: codes that share a scale. */
import {
  checkApart,
  checkOptions,
  checkOuts,
  choice,
  found,
  integer,
  isFinitePositive,
  lengthError,
  noOptions,
  pow2,
  rangeError,
  real32,
  refuseNonFinite,
} from '@ukernels/runtime'
import { blockCount, blockElements, blockSize, blocksOf, checkBlockFormat, MAX_ROW } from './block-format.js'
import { codecOf, lutOf, scaledTable } from './codec.js'
import type { Context } from './context.js'
import { formats, sharedDecodeTable } from './formats.js'
import { amaxOf, checkInput, toFloats } from './input.js'
import { type BlockOptions, type Input, offsetOf, roundings, scaleModes, seedOf, streamOf } from './options.js'
import { checkPart, codesFor, type Destination, floatsOf } from './output.js'
import type { BlockFormatName, BlockPacked } from './packed.js'
import { type Step, type Steps, step } from './steps.js'

/** Elements beyond a block's range saturate; non-finite ones never reach the codec. */
const SATURATE = 0
const NAN_MAX = 2
/** Largest E2M1 value times largest E4M3FN scale. */
const NVFP4_MAX = 6 * 448

const nonFinites = ['throw', 'poison'] as const
const tails = ['pad', 'throw'] as const

interface Shape {
  /** Elements that share a scale. */
  size: number
  /** At least 1, as the low-level functions want it. */
  rowLength: number
  blocks: number
}

function shapeOf(format: BlockFormatName, n: number, given: number | undefined): Shape {
  const rowLength = integer('rowLength', given ?? n, given === undefined ? 0 : 1, MAX_ROW)
  if (n > 0 && n % rowLength !== 0) {
    throw lengthError(`x must have whole rows of rowLength ${rowLength}, got ${n} elements`)
  }
  return { size: blockSize(format), rowLength: Math.max(1, rowLength), blocks: blockCount(format, n, rowLength) }
}

/** Checked options of a call, as the low-level functions take them. */
interface BlockCoding extends Shape {
  codec: Uint32Array
  scaleMode: number
  seed: number | bigint
  stream: number
  offset: number
  poison: number
}

function blockCodingOf(format: BlockFormatName, n: number, options: BlockOptions): BlockCoding {
  const shape = shapeOf(format, n, options.rowLength)
  const { size, rowLength, blocks } = shape
  if (choice('tail', options.tail, tails) === 1 && n !== 0 && rowLength % size !== 0) {
    throw lengthError(`rowLength must be a multiple of ${size} under tail: 'throw', got ${rowLength}`)
  }
  const scaleMode = choice('scaleMode', options.scaleMode, scaleModes)
  if (format === 'nvfp4' && options.scaleMode !== undefined) {
    throw rangeError(`scaleMode applies to the MX formats, got ${found(options.scaleMode)} for nvfp4`)
  }
  const rounding = choice('rounding', options.rounding, roundings)
  return {
    // Field by field: a spread takes ten times as long as everything else here.
    size,
    rowLength,
    blocks,
    scaleMode,
    codec: codecOf(blockElements[format], rounding, SATURATE, NAN_MAX, false),
    seed: seedOf(options.seed, rounding === 1 ? "rounding: 'sr'" : undefined),
    stream: streamOf(options.stream),
    offset: offsetOf(options.offset),
    poison: choice('nonFinite', options.nonFinite, nonFinites),
  }
}

export function* encodeBlocks(
  context: Context,
  x: Input,
  format: BlockFormatName,
  options: BlockOptions = noOptions,
): Steps<BlockPacked> {
  checkBlockFormat('format', format)
  checkOptions(options)
  const { inputDtype, out } = options
  checkOuts(out, 'data and scales')
  const n = checkInput('x', x, inputDtype)
  const coding = blockCodingOf(format, n, options)
  const { bits } = blockElements[format]
  const data = codesFor(out?.data, coding.blocks * coding.size, bits, 'out.data')
  const scales = codesFor(out?.scales, coding.blocks, 8, 'out.scales')
  const source = format === 'nvfp4' ? context.own(x) : x
  const values = yield* toFloats(context, source, inputDtype, 'odd')
  if (out !== undefined && values !== x) {
    checkApart('out.data', data, 'x', x)
    checkApart('out.scales', scales, 'x', x)
  }
  const rowLength = n === 0 ? 0 : coding.rowLength
  if (format === 'nvfp4') {
    const amax = yield* amaxOf(context, 'x', values, coding.poison ? 'ignore' : 'throw')
    const tensorScale = Math.max(Math.fround(amax / NVFP4_MAX), pow2(-126))
    yield nvfp4Step(context, values, tensorScale, coding, data, scales)
    return { kind: 'nvfp4', format, n, rowLength, data, scales, tensorScale }
  }
  yield mxStep(context, values, bits, coding, data, scales)
  if (coding.poison === 0) refuseNonFinite('x', context.report('mxEncode').firstNonFinite)
  return { kind: 'mx', format, n, rowLength, scaleMode: scaleModes[coding.scaleMode], data, scales }
}

// biome-ignore format: one line per kind of argument
function mxStep(context: Context, x: Float32Array, bits: number, o: BlockCoding, data: Uint8Array, scales: Uint8Array): Step {
  return step('mxEncode', 'encode', o.blocks, [
    x, o.codec, o.scaleMode, o.rowLength, o.blocks,
    o.seed, o.stream, o.offset,
    o.poison, bits, data, scales, context.report('mxEncode'),
  ])
}

// biome-ignore format: one line per kind of argument
function nvfp4Step(context: Context, x: Float32Array, tensorScale: number, o: BlockCoding, data: Uint8Array, scales: Uint8Array): Step {
  return step('nvfp4Encode', 'encode', o.blocks, [
    x, o.codec, tensorScale, o.rowLength, o.blocks,
    o.seed, o.stream, o.offset,
    o.poison, data, scales, context.report('nvfp4Encode'),
  ])
}

/** v = element · scale in f32, where scale is 2^(code − 127), or f32(tensorScale · code's value). */
export function decodeBlocksStep(p: BlockPacked, to: Destination): Step {
  const blocks = blocksOf(p)
  const { data, scales } = p
  const size = blockSize(p.format)
  const element = blockElements[p.format]
  const { bits } = element
  checkPart('p.data', data, 'Uint8Array', (blocks * size * bits) / 8)
  checkPart('p.scales', scales, 'Uint8Array', blocks)
  const scaleLut = p.kind === 'mx' ? lutOf(formats.e8m0fnu, 1) : nvfp4Scales(p.tensorScale)
  const lut = lutOf(element, 1)
  const rowLength = Math.max(1, p.rowLength)
  const { mode, weight } = to
  // biome-ignore format: one line per kind of argument
  return step('blocksDecode', 'decode', blocks, [
    data, scales, lut, scaleLut,
    bits, size, rowLength, blocks,
    mode, weight, floatsOf(to),
  ])
}

function nvfp4Scales(tensorScale: number): Float32Array {
  const scale = real32('p.tensorScale', tensorScale, isFinitePositive, 'finite and above 0')
  return scaledTable(sharedDecodeTable(formats.e4m3fn), scale)
}
