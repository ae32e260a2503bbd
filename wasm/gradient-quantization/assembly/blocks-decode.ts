/** Values of block formats. */
import { canonical } from '../../common/assembly/lanes'
import { combine } from './decode'
import { lookupStored, preparePlanes } from './lookup'
import { TILE, VALUES } from './tile'

/** Multiplies each block of `VALUES` by the value of its scale. */
function applyScales(scales: usize, scaleLut: usize, blocks: i32, blockSize: i32): void {
  let at = VALUES
  for (const stop = scales + blocks; scales < stop; scales++) {
    const scale = v128.load32_splat(scaleLut + (load<u8>(scales) << 2))
    for (const end = at + (blockSize << 2); at < end; at += 16) {
      v128.store(at, canonical(f32x4.mul(v128.load(at), scale)))
    }
  }
}

/** Values of blocks [begin, end): lut[code]·scaleLut[scale] in f32, stored or added to `out` with a weight. */
export function blocksDecode(
  data: usize,
  dataLength: i32,
  scales: usize,
  scalesLength: i32,
  lut: usize,
  lutLength: i32,
  scaleLut: usize,
  scaleLutLength: i32,
  bits: u32,
  blockSize: u32,
  rowLength: u32,
  blocks: u32,
  mode: u32,
  weight: f64,
  out: usize,
  n: i32,
  begin: f64,
  end: f64,
): i32 {
  const row = <i64>rowLength
  const perRow = (row + blockSize - 1) / blockSize
  const last = <i64>end
  let inRow = <i64>begin % perRow
  if (bits <= 4) preparePlanes(lut)
  for (let b = <i64>begin; b < last; ) {
    const run = <i32>min<i64>(TILE / blockSize, min(perRow - inRow, last - b))
    const elements = <i32>min<i64>(run * blockSize, row - inRow * blockSize)
    lookupStored(data, run * blockSize, lut, bits, bits, VALUES)
    applyScales(scales, scaleLut, run, blockSize)
    combine(VALUES, elements, mode, <f32>weight, 1, out)
    data += (run * blockSize * bits) >> 3
    scales += run
    out += elements << 2
    b += run
    inRow += run
    if (inRow === perRow) inRow = 0
  }
  return 0
}
