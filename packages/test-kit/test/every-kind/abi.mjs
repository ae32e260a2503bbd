// A kernel of no use: its rows have, between them, every kind of parameter, so that what the shipped
// kernels don't happen to use is proven as well. Written as the compiled table of a kernel would be.
import {
  creates,
  defineAbi,
  f64,
  frees,
  handle,
  i32,
  inout,
  input,
  max,
  min,
  output,
  report,
  row,
  scratch,
  span,
  sum,
  u32,
  u64,
  used,
} from '@ukernels/runtime'

export const abi = defineAbi('every-kind', {
  // out[i] = x[i] + weights[i] (or 1) + shift + key, by way of a scratch copy
  shifted: row([
    input('x', 'i64', 'n'),
    input('weights', 'i16', 'n', { optional: true }),
    i32('shift', -100, 100),
    u64('key'),
    scratch('copy', 'i64', 'n * 2'),
    output('out', 'u64', 'n'),
  ]),
  // bytes[i] ^= mask, words counted; one report field of every rule and type
  masked: row([
    inout('bytes', 'i8', 'n'),
    u32('mask', 0, 127),
    report({ zeros: sum(), total: sum('i64'), highest: max('i64'), lowest: min('i64'), firstZero: min() }),
    span('n', 64),
  ]),
  // A running sum: chunks run in order on state that outlives the call; may be written over what it reads
  create: row([u32('slots', 1, 100000), creates('sum', 'RunningSum', 'slots * 8')]),
  accumulate: row([
    handle('sum', 'RunningSum'),
    input('x', 'f64', 'n'),
    output('out', 'f64', 'n', { alias: 'x' }),
    span('n', 64, { serial: true }),
  ]),
  free: row([frees('sum', 'RunningSum')]),
  // The positive values only, closed up; side by side on threads
  positive: row([
    input('x', 'u16', 'n'),
    output('kept', 'u16', 'n'),
    used('kept'),
    output('flags', 'i32', 'n'),
    span('n', 64),
  ]),
  // Bytes in twos and threes, an input consumed as far as needed; status 1 when it runs out
  expand: row(
    [
      input('repeats', 'u8', 'n'),
      input('source', 'u32', 'm'),
      used('source'),
      output('out', 'u32', 'n'),
      span('n', 64),
    ],
    { statuses: ['exhausted'] },
  ),
  // Two numbers in, nothing but a status out
  compare: row([f64('a'), f64('b')], { statuses: ['less', 'greater'] }),
})

const sizes = [0, 1, 63, 64, 65, 700]
const longs = (s, n) => new BigInt64Array(s.bytes(n * 8).buffer)

export const samples = {
  shifted: (s) =>
    sizes.flatMap((n) => [
      { x: longs(s, n), weights: undefined, shift: -100, key: 0n },
      { x: longs(s, n), weights: new Int16Array(s.bytes(2 * n).buffer), shift: 99, key: 2n ** 64n - 1n },
      { x: longs(s, n), weights: undefined, shift: 0, key: Number.MAX_SAFE_INTEGER },
    ]),
  masked: (s) => sizes.map((n) => ({ bytes: new Int8Array(s.bytes(n)).map((b) => b & 3), mask: n % 4 })),
  create: () => [{ slots: 3 }, { slots: 20000 }],
  accumulate: (s) => sizes.map((n) => ({ x: new Float64Array(s.gradients(n)) })),
  free: () => [{}],
  positive: (s) => sizes.map((n) => ({ x: new Uint16Array(s.bytes(2 * n).buffer).map((v) => (v & 1 ? v : 0)) })),
  expand: (s) =>
    sizes.flatMap((n) => [
      { repeats: s.bytes(n).map((b) => b & 1), source: new Uint32Array(n).map((_, i) => i * 7) },
      { repeats: new Uint8Array(n).fill(1), source: new Uint32Array(n >> 1) },
    ]),
  compare: () => [
    { a: 1, b: 2 },
    { a: 2, b: 1 },
    { a: Number.NaN, b: 0 },
  ],
}
