/** Energies of all patches of an image: squared norms of W P x' − shift, with P x' read from centered lines. */
import { storePartial } from '../../common/assembly/lanes'
import { centerLines } from './patch-lines'
import { squaredNorms } from './triangle'

/** Lines of patches that share a look at the factor. */
const LINES: i32 = 4

/** Byte offsets of the elements of a patch: element (ch·p + a)·p + b. */
function patchOffsets(to: usize, c: i32, p: i32, plane: usize, pitch: usize): void {
  for (let ch: usize = 0; ch < <usize>c; ch++) {
    for (let a: usize = 0; a < <usize>p; a++) {
      for (let b: usize = 0; b < <usize>p; b++) {
        store<usize>(to, ch * plane + a * pitch + (b << 2))
        to += 4
      }
    }
  }
}

/** Where a chunk keeps things. */
let pixels: usize = 0
let offsets: usize = 0
let panel: usize = 0
let energies: usize = 0

/** Lays out `work` for `lines` lines of patches at once. Returns the floats it takes. */
function layOut(work: usize, lines: i32, c: i32, w: i32, p: i32): i32 {
  const d = c * p * p
  const pixelCount = c * (lines + p - 1) * (w + 16)
  pixels = work
  offsets = pixels + (<usize>pixelCount << 2)
  panel = offsets + (<usize>((d + 3) & ~3) << 2)
  energies = panel + (<usize>d << 4)
  return pixelCount + ((d + 3) & ~3) + 4 * d + lines * (w + 16)
}

/** Energies of `lines` lines of patches whose pixels have been centered. */
function energyLines(factor: usize, shift: usize, d: i32, nx: i32, lines: i32, pitch: usize, out: usize): void {
  squaredNorms(factor, shift, d, pixels, pitch, offsets, lines, nx, panel, energies)
  for (let line: usize = 0; line < <usize>lines; line++) {
    const sums = energies + line * pitch
    for (let left = nx, at = sums; left > 0; left -= 4, at += 16) {
      storePartial(out + (at - sums), f32x4.mul(f32x4.splat(0.5), v128.load(at)), left)
    }
    out += <usize>nx << 2
  }
}

/** Energy of every patch of lines begin … end − 1; see the table. */
export function patchEnergies(
  x: usize,
  xSize: i32,
  center: usize,
  centerSize: i32,
  factor: usize,
  factorSize: i32,
  shift: usize,
  shiftSize: i32,
  n: i32,
  c: i32,
  h: i32,
  w: i32,
  p: i32,
  rows: i32,
  out: usize,
  outSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const ny = h - p + 1
  const nx = w - p + 1
  const d = c * p * p
  const pitch = <usize>(w + 16) << 2
  const most = layOut(work, LINES, c, w, p) <= workSize ? LINES : 1
  layOut(work, most, c, w, p)
  const image = (<usize>c * <usize>h * <usize>w) << 2
  const last = <u32>end
  for (let r = <u32>begin; r < last; ) {
    const y = <i32>(r % ny)
    const lines = min(min(most, ny - y), <i32>(last - r))
    const plane = <usize>(lines + p - 1) * pitch
    centerLines(x + <usize>(r / ny) * image, center, c, h, w, y, y + lines + p - 1, pixels, pitch)
    patchOffsets(offsets, c, p, plane, pitch)
    energyLines(factor, shift, d, nx, lines, pitch, out)
    out += <usize>(lines * nx) << 2
    r += lines
  }
  return 0
}
