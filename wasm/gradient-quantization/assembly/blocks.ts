/**
 * Block formats: rows of `rowLength` elements are cut into blocks that share a scale; the last block of
 * a row is padded with zeros. Blocks of a row are handled in runs of at most a tile.
 */
import { magnitudes, MAX_BITS, maxI32, powerOfTwo } from '../../common/assembly/lanes'
import { reportFirst } from './amax'
import * as codecs from './codec'
import { openCodec } from './encode'
import { pack } from './pack'
import { quantize } from './quantize'
import { CODES, TILE, tileWords, u64Of, VALUES } from './tile'

const MX_BLOCK: i32 = 32
const NVFP4_BLOCK: i32 = 16
const MX_NAN_SCALE: u32 = 0xff
const NVFP4_NAN_SCALE: u32 = 0x7f
const MANTISSA: i32 = 0x007fffff

const FLOOR: u32 = 1
const CEIL: u32 = 2
const EVEN: u32 = 3

/** A block, padded with zeros. */
const BLOCK: usize = memory.data(128, 16)

/** Elements of a call before block b. */
function elementsBefore(b: i64, rowLength: i64, blockSize: i64): i64 {
  const perRow = (rowLength + blockSize - 1) / blockSize
  return (b / perRow) * rowLength + min((b % perRow) * blockSize, rowLength)
}

/** Address of a whole block with the elements of a possibly short one. */
// @ts-ignore: decorator
@inline
function wholeBlock(x: usize, count: i32, blockSize: i32): usize {
  if (count === blockSize) return x
  memory.fill(BLOCK, 0, 128)
  memory.copy(BLOCK, x, count << 2)
  return BLOCK
}

/** Largest |bits| of a block. */
// @ts-ignore: decorator
@inline
function blockPeak(x: usize, blockSize: i32): i32 {
  let peak = i32x4.max_s(magnitudes(v128.load(x)), magnitudes(v128.load(x, 16)))
  peak = i32x4.max_s(peak, i32x4.max_s(magnitudes(v128.load(x, 32)), magnitudes(v128.load(x, 48))))
  if (blockSize === MX_BLOCK) {
    peak = i32x4.max_s(peak, i32x4.max_s(magnitudes(v128.load(x, 64)), magnitudes(v128.load(x, 80))))
    peak = i32x4.max_s(peak, i32x4.max_s(magnitudes(v128.load(x, 96)), magnitudes(v128.load(x, 112))))
  }
  return maxI32(peak)
}

/** to = x·factor for a block. A zero stays one: an nvfp4 factor may be infinite. */
// @ts-ignore: decorator
@inline
function scaleBlock(x: usize, factor: f32, blockSize: i32, to: usize): void {
  const f = f32x4.splat(factor)
  for (let i = 0; i < blockSize << 2; i += 16) {
    const v = v128.load(x + i)
    v128.store(to + i, v128.bitselect(v, f32x4.mul(v, f), f32x4.eq(v, f32x4.splat(0))))
  }
}

/** The MX scale byte for the largest magnitude of a block. */
function mxScale(amax: i32, mode: u32): i32 {
  const m = load<i32>(codecs.MANTISSA_BITS)
  if (mode === FLOOR || mode === CEIL || mode === EVEN) {
    if (mode === EVEN) amax += 1 << (22 - m)
    let exponent = amax >>> 23
    if (mode === CEIL && (amax & MANTISSA) !== 0) exponent++
    return max(0, min(254, exponent - codecs.maxExponent()))
  }
  const v = reinterpret<i32>(reinterpret<f32>(amax) * (<f32>1 / codecs.maxValue()))
  const fraction = v & MANTISSA
  const exponent = v >>> 23
  if (exponent === 0) return fraction > 0x00400000 ? 1 : 0
  return min(254, exponent + <i32>(fraction !== 0))
}

/** e4m3fn of a value in [2^-6, 448], to the nearest even. */
// @ts-ignore: decorator
@inline
function nvfp4Scale(b: f32): i32 {
  const a = reinterpret<i32>(max<f32>(<f32>0.015625, min<f32>(<f32>448, b)))
  return ((a + 0x7ffff + ((a >> 20) & 1)) >> 20) - (120 << 3)
}

/** Value of an e4m3fn code of a normal number. */
// @ts-ignore: decorator
@inline
function nvfp4ScaleValue(code: i32): f32 {
  return reinterpret<f32>((code + (120 << 3)) << 20)
}

/**
 * Scales a run of blocks of one row into `VALUES` and writes their scale bytes.
 *
 * @param tensorScale - nvfp4's; MX blocks take `scaleMode` instead
 * @param report - 0 when elements that aren't finite are no error
 * @param base - global index of x[0]
 */
// @ts-ignore: decorator
@inline
function scaleRun(
  blockSize: i32,
  x: usize,
  elements: i32,
  scaleMode: u32,
  tensorScale: f32,
  scales: usize,
  report: usize,
  base: f64,
): void {
  for (let i = 0; i < elements; i += blockSize, scales++) {
    const count = min(blockSize, elements - i)
    const at = x + (i << 2)
    const block = wholeBlock(at, count, blockSize)
    const amax = blockPeak(block, blockSize)
    const to = VALUES + (i << 2)
    if (amax > MAX_BITS) {
      if (report !== 0) reportFirst(report, at, count, MAX_BITS, base + <f64>i)
      store<u8>(scales, blockSize === MX_BLOCK ? MX_NAN_SCALE : NVFP4_NAN_SCALE)
      memory.fill(to, 0, blockSize << 2)
      continue
    }
    if (blockSize === MX_BLOCK) {
      const byte = mxScale(amax, scaleMode)
      store<u8>(scales, byte)
      scaleBlock(block, powerOfTwo(127 - byte), blockSize, to)
    } else {
      const byte = nvfp4Scale(reinterpret<f32>(amax) / 6 / tensorScale)
      store<u8>(scales, byte)
      scaleBlock(block, <f32>1 / tensorScale / nvfp4ScaleValue(byte), blockSize, to)
    }
  }
}

/** Encodes blocks [begin, end); x starts at the first element of block `begin`. */
// @ts-ignore: decorator
@inline
function encodeBlocks(
  blockSize: i32,
  x: usize,
  scaleMode: u32,
  tensorScale: f32,
  rowLength: u32,
  offset: u64,
  bits: i32,
  data: usize,
  scales: usize,
  report: usize,
  begin: i64,
  end: i64,
): void {
  const row = <i64>rowLength
  const perRow = (row + blockSize - 1) / blockSize
  let element = elementsBefore(begin, row, blockSize)
  let inRow = begin % perRow
  for (let b = begin; b < end; ) {
    const blocks = <i32>min<i64>(TILE / blockSize, min(perRow - inRow, end - b))
    const elements = <i32>min<i64>(blocks * blockSize, row - inRow * blockSize)
    scaleRun(blockSize, x, elements, scaleMode, tensorScale, scales, report, <f64>element)
    const codes = blocks * blockSize
    const words = codecs.isStochastic() ? tileWords(offset + element, codes) : 0
    quantize(VALUES, codes, bits === 8 ? data : CODES, words)
    if (bits !== 8) pack(CODES, codes, bits, data)
    data += (codes * bits) >> 3
    scales += blocks
    x += elements << 2
    element += elements
    b += blocks
    inRow += blocks
    if (inRow === perRow) inRow = 0
  }
}

/** MX: blocks of 32 with a power of two as scale. Blocks that aren't finite become NaN (`poison`) or are reported. */
export function mxEncode(
  x: usize,
  n: i32,
  codec: usize,
  codecLength: i32,
  scaleMode: u32,
  rowLength: u32,
  blocks: u32,
  seedLo: u32,
  seedHi: u32,
  stream: u32,
  offsetLo: u32,
  offsetHi: u32,
  poison: u32,
  bits: u32,
  data: usize,
  dataLength: i32,
  scales: usize,
  scalesLength: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  openCodec(codec, 1, seedLo, seedHi, stream)
  if (poison) report = 0
  const offset = u64Of(offsetLo, offsetHi)
  encodeBlocks(MX_BLOCK, x, scaleMode, 1, rowLength, offset, bits, data, scales, report, <i64>begin, <i64>end)
  return 0
}

/** NVFP4: blocks of 16 e2m1 elements with an e4m3fn scale, under one f32 scale of the tensor. */
export function nvfp4Encode(
  x: usize,
  n: i32,
  codec: usize,
  codecLength: i32,
  tensorScale: f64,
  rowLength: u32,
  blocks: u32,
  seedLo: u32,
  seedHi: u32,
  stream: u32,
  offsetLo: u32,
  offsetHi: u32,
  poison: u32,
  data: usize,
  dataLength: i32,
  scales: usize,
  scalesLength: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  openCodec(codec, 1, seedLo, seedHi, stream)
  if (poison) report = 0
  const offset = u64Of(offsetLo, offsetHi)
  const tensor = <f32>tensorScale
  encodeBlocks(NVFP4_BLOCK, x, 0, tensor, rowLength, offset, 4, data, scales, report, <i64>begin, <i64>end)
  return 0
}
