/**
 * Gradient of the patch energy. A chunk of lines is cut where the plane changes; of each part the centered
 * pixels that it reads are laid out in scratch, then every line is computed in three runs: border columns,
 * interior, border columns. Border columns of interior lines go down the columns instead, so that vectors
 * have outputs of one class there as well.
 */
import { foldedRow, plainRow } from './filter'
import { centerLines, dotOf } from './patch-lines'

export { patchAverage, patchRows } from './patch-average'
export { patchEnergies } from './patch-energies'

/** Patches up to this size; taps per axis 2p − 1. */
const MAX_PATCH = 15
/** Lines of a chunk, and of a column in a strip with what is read above, below and behind. */
const LINES = 32
const STRIP_LINES = LINES + 2 * (MAX_PATCH - 1) + 16
/** Columns that the p − 1 border columns read, transposed; and their outputs. */
const STRIP: usize = memory.data(4 * 28 * 76, 16)
const STRIP_PITCH: usize = 4 * STRIP_LINES
const STRIP_OUT: usize = memory.data(4 * 14 * 48, 16)
const STRIP_OUT_PITCH: usize = 4 * 48

// The images and filters of a call.
let channels: i32 = 0
let height: i32 = 0
let width: i32 = 0
let patch: i32 = 0
let kernelsAt: usize = 0
let biasAt: usize = 0
/** Centered pixels: bytes between lines and between channels, and the line of the image that lies first. */
let pixels: usize = 0
let pitch: usize = 0
let planePitch: usize = 0
let firstLine: i32 = 0
/** One line of sums, one of biases. */
let sums: usize = 0
let biases: usize = 0

/** First and last offset, within the patches that hold it, of pixel u of an axis of m. */
// @ts-ignore: decorator
@inline
function lowest(u: i32, m: i32): i32 {
  return max(0, u - (m - patch))
}
// @ts-ignore: decorator
@inline
function highest(u: i32): i32 {
  return min(patch - 1, u)
}

function classOf(u: i32, m: i32): i32 {
  return m < 2 * patch - 1 ? u : lowest(u, m) + highest(u)
}

/** Number of the class of pixel (v, u). */
function pixelClass(v: i32, u: i32): i32 {
  return classOf(v, height) * min(width, 2 * patch - 1) + classOf(u, width)
}

/** Kernel of a class from channel `from` into channel `into`. */
function kernelAt(index: i32, into: i32, from: i32): usize {
  const taps = <usize>((2 * patch - 1) * (2 * patch - 1)) << 2
  return kernelsAt + <usize>((index * channels + into) * channels + from) * taps
}

function biasOf(index: i32, channel: i32): f32 {
  return load<f32>(biasAt + (<usize>(index * channels + channel) << 2))
}

function pixelAt(channel: i32, v: i32, u: i32): usize {
  return pixels + <usize>channel * planePitch + <usize>(v - firstLine) * pitch + (<usize>u << 2)
}

/** Zeros for n sums, up to a whole sixteen. */
function clear(to: usize, n: i32): void {
  memory.fill(to, 0, <usize>((n + 15) & ~15) << 2)
}

/** to[i] = from[i] + bias. */
function addBias(from: usize, bias: f32, to: usize, n: i32): void {
  const last = from + (<usize>n << 2)
  const b = f32x4.splat(bias)
  for (; from + 16 <= last; from += 16) {
    v128.store(to, f32x4.add(v128.load(from), b))
    to += 16
  }
  for (; from < last; from += 4) {
    store<f32>(to, load<f32>(from) + bias)
    to += 4
  }
}

/** n outputs of one class in line v from column u on. */
function runOf(channel: i32, v: i32, u: i32, n: i32, to: usize): void {
  const index = pixelClass(v, u)
  const reach = patch - 1
  const lowV = lowest(v, height)
  const highV = highest(v)
  const lowU = lowest(u, width)
  const highU = highest(u)
  if (channels === 1 && lowV === 0 && lowU === 0 && highV === reach && highU === reach) {
    foldedRow(pixelAt(0, v, u), pitch, kernelAt(index, 0, 0), reach, sums, n)
  } else {
    clear(sums, n)
    for (let from = 0; from < channels; from++) {
      // Tap (lowV, lowU) of the kernel is δ = (lowV − reach, lowU − reach), and reads x(u − δ).
      const x = pixelAt(from, v + reach - lowV, u + reach - lowU)
      const kernel = kernelAt(index, channel, from)
      plainRow(x, pitch, 4, kernel, 2 * reach + 1, lowV, highV + reach, lowU, highU + reach, sums, n)
    }
  }
  addBias(sums, biasOf(index, channel), to, n)
}

/** Transposes `columns` columns from column u of lines [from, end): a column becomes a line of the strip. */
function transposeColumns(channel: i32, u: i32, columns: i32, from: i32, end: i32): void {
  for (let v = from; v < end; v++) {
    let x = pixelAt(channel, v, u)
    let to = STRIP + (<usize>(v - from) << 2)
    for (let i = 0; i < columns; i++) {
      store<f32>(to, load<f32>(x))
      x += 4
      to += STRIP_PITCH
    }
  }
}

/** The border columns u … u + p − 2 of the interior lines [from, end). `first` is the leftmost column they read. */
function stripOf(channel: i32, u: i32, first: i32, from: i32, end: i32, line: usize, pitchOut: usize): void {
  const reach = patch - 1
  const n = end - from
  for (let i = 0; i < reach; i++) clear(STRIP_OUT + <usize>i * STRIP_OUT_PITCH, n)
  for (let source = 0; source < channels; source++) {
    transposeColumns(source, first, 2 * reach, from - reach, end + reach)
    for (let i = 0; i < reach; i++) {
      const low = lowest(u + i, width)
      const high = highest(u + i)
      const x = STRIP + <usize>(u + i + reach - low - first) * STRIP_PITCH + (<usize>(2 * reach) << 2)
      const kernel = kernelAt(pixelClass(from, u + i), channel, source)
      const to = STRIP_OUT + <usize>i * STRIP_OUT_PITCH
      plainRow(x, 4, STRIP_PITCH, kernel, 2 * reach + 1, 0, 2 * reach, low, high + reach, to, n)
    }
  }
  for (let i = 0; i < reach; i++) {
    const bias = biasOf(pixelClass(from, u + i), channel)
    const sum = STRIP_OUT + <usize>i * STRIP_OUT_PITCH
    for (let k = 0; k < n; k++) {
      const to = line + <usize>k * pitchOut + (<usize>(u + i) << 2)
      store<f32>(to, load<f32>(sum + (<usize>k << 2)) + bias)
    }
  }
}

/** The line of biases of the pixels of line v. */
function biasLine(channel: i32, v: i32): void {
  const reach = patch - 1
  for (let u = 0; u < width; u++) {
    // Between the borders all columns are of one class.
    const inside = u > reach && u < width - reach
    const at = biases + (<usize>u << 2)
    store<f32>(at, inside ? load<f32>(at - 4) : biasOf(pixelClass(v, u), channel))
  }
}

/** Lines [v, end) of a plane. */
function linesOf(channel: i32, v: i32, end: i32, g: usize, dots: usize): void {
  const reach = patch - 1
  const bytes = <usize>width << 2
  const wide = width >= 2 * patch - 1
  const from = max(v, reach)
  const to = min(end, height - reach)
  const strips = wide && to > from
  for (let line = v; line < end; line++) {
    const at = g + <usize>(line - v) * bytes
    const inside = strips && line >= from && line < to
    const border = wide ? reach : width
    for (let u = 0; u < border && !inside; u++) runOf(channel, line, u, 1, at + (<usize>u << 2))
    if (!wide) continue
    runOf(channel, line, reach, width - 2 * reach, at + (<usize>reach << 2))
    for (let u = width - reach; u < width && !inside; u++) runOf(channel, line, u, 1, at + (<usize>u << 2))
  }
  if (strips && reach > 0) {
    const line = g + <usize>(from - v) * bytes
    stripOf(channel, 0, 0, from, to, line, bytes)
    stripOf(channel, width - reach, width - 2 * reach, from, to, line, bytes)
  }
  for (let line = v; line < end; line++) {
    if (line === v || classOf(line, height) !== classOf(line - 1, height)) biasLine(channel, line)
    const at = g + <usize>(line - v) * bytes
    store<f64>(dots + (<usize>(line - v) << 3), dotOf(pixelAt(channel, line, 0), at, biases, width))
  }
}

/** Gradient of the patch energy and what its energy is made of, line by line; see the table. */
export function patchGradient(
  x: usize,
  xSize: i32,
  center: usize,
  centerSize: i32,
  kernels: usize,
  kernelsSize: i32,
  bias: usize,
  biasSize: i32,
  n: i32,
  c: i32,
  h: i32,
  w: i32,
  p: i32,
  rows: i32,
  g: usize,
  gSize: i32,
  dots: usize,
  dotsSize: i32,
  centered: usize,
  centeredSize: i32,
  begin: f64,
  end: f64,
): i32 {
  channels = c
  height = h
  width = w
  patch = p
  kernelsAt = kernels
  biasAt = bias
  pitch = <usize>(w + 16) << 2
  sums = centered
  biases = centered + pitch
  pixels = centered + 2 * pitch
  const plane = (<usize>h * <usize>w) << 2
  const last = <u32>end
  for (let r = <u32>begin; r < last; ) {
    const index = r / h
    const v = <i32>(r % h)
    const stop = <i32>min<u32>(h, v + (last - r))
    const channel = <i32>(index % c)
    const image = x + <usize>(index / c) * <usize>c * plane
    firstLine = max(0, v - p + 1)
    const behind = min(h, stop + p - 1)
    planePitch = pitch * <usize>(behind - firstLine)
    centerLines(image, center, c, h, w, firstLine, behind, pixels, pitch)
    linesOf(channel, v, stop, g, dots)
    g += (<usize>(stop - v) * <usize>w) << 2
    dots += <usize>(stop - v) << 3
    r += stop - v
  }
  return 0
}
