/**
 * Energies of all patches of an image. y = W P x' − shift is a convolution with one output channel per row of
 * the triangle W, which has as many taps as the row has entries; four rows at a time go through the tiles of
 * all patches, and their squares are added up.
 */
import { convTile } from './conv-tile'

/** Lines of patches that share a look at the factor. */
const LINES: i32 = 4
/** Results of a tile, four rows of eight. */
const TILE: usize = memory.data(128, 16)
/** Minus the shift of four rows. */
const INIT: usize = memory.data(16, 16)

/** Bytes offsets of the elements of a patch: element (ch·p + a)·p + b. */
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

/** Rows first … first + 3 of the packed triangle as [count][4], zeros where there is no entry. */
function packRows(factor: usize, first: i32, d: i32, count: i32, to: usize): void {
  memory.fill(to, 0, <usize>count << 4)
  for (let r = 0; r < 4 && first + r < d; r++) {
    const row = first + r
    const from = factor + ((<usize>row * <usize>(row + 1) / 2) << 2)
    for (let j: usize = 0; j <= <usize>row; j++) store<f32>(to + (j << 4) + (<usize>r << 2), load<f32>(from + (j << 2)))
  }
}

function loadShift(shift: usize, first: i32, d: i32): void {
  for (let r = 0; r < 4; r++) {
    const value = first + r < d ? -load<f32>(shift + (<usize>(first + r) << 2)) : 0
    store<f32>(INIT + (<usize>r << 2), value)
  }
}

// @ts-ignore: decorator
@inline
function square(at: usize): v128 {
  const v = v128.load(at)
  return f32x4.mul(v, v)
}

/** Adds the squares of a tile's four rows. */
function addSquares(to: usize): void {
  for (let at: usize = 0; at < 32; at += 16) {
    const low = f32x4.add(square(TILE + at), square(TILE + at + 32))
    const high = f32x4.add(square(TILE + at + 64), square(TILE + at + 96))
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.add(low, high)))
  }
}

/** Centered lines [y, end) of all channels. */
function centerLines(x: usize, center: usize, c: i32, h: i32, w: i32, y: i32, end: i32, to: usize, pitch: usize): void {
  for (let ch = 0; ch < c; ch++) {
    const mean = load<f32>(center + (<usize>ch << 2))
    for (let v = y; v < end; v++) {
      const line = x + ((<usize>(ch * h + v) * <usize>w) << 2)
      for (let at: usize = 0; at < <usize>w << 2; at += 4) store<f32>(to + at, load<f32>(line + at) - mean)
      to += pitch
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
  memory.fill(energies, 0, <usize>lines * pitch)
  for (let first = 0; first < d; first += 4) {
    const count = min(d, first + 4)
    packRows(factor, first, d, count, panel)
    loadShift(shift, first, d)
    for (let line: usize = 0; line < <usize>lines; line++) {
      const x = pixels + line * pitch
      const sums = energies + line * pitch
      for (let u: usize = 0; u < <usize>nx << 2; u += 32) {
        convTile(x + u, offsets, count, panel, INIT, TILE, 32)
        addSquares(sums + u)
      }
    }
  }
  for (let line: usize = 0; line < <usize>lines; line++) {
    const sums = energies + line * pitch
    for (let u: usize = 0; u < <usize>nx << 2; u += 4) store<f32>(out + u, <f32>0.5 * load<f32>(sums + u))
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
