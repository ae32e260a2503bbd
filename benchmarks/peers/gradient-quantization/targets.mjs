// How many times faster than a peer the kernel is meant to be, by peer, operation and size; the first that fits counts.
// `native` may depend on the instruction set; null: only reported. `label`: the row of the README's table.
const KI = 1024
const MI = KI * KI
const casts = 'e4m3fn, e5m2, e3m2fn, e2m1fn, nearest even'

/** @type {{ peer: string, label: string, operation?: RegExp, n?: number, threads?: number, native: number | null | Record<string, number>, wasm: number | null }[]} */
export const targets = [
  { peer: 'ml-dtypes', label: `${casts}, 256 Ki elements`, n: 256 * KI, native: 25, wasm: 10 },
  { peer: 'ml-dtypes', label: 'the same, 16 Mi elements', n: 16 * MI, native: 10, wasm: 10 },
  { peer: 'gfloat, one by one', label: casts, native: 5000, wasm: 1000 },
  { peer: 'gfloat, arrays', label: casts, native: 20, wasm: 10 },
  {
    peer: 'torch',
    label: 'e4m3fn, e5m2, nearest even, 256 Ki elements',
    n: 256 * KI,
    threads: 1,
    native: 2,
    wasm: null,
  },
  { peer: 'torch', label: 'the same, 16 Mi elements', n: 16 * MI, threads: 1, native: 2, wasm: null },
  { peer: 'torch', label: 'the same, all threads, 256 Ki elements', n: 256 * KI, native: 2, wasm: null },
  { peer: 'torch', label: 'the same, all threads, 16 Mi elements', n: 16 * MI, native: 2, wasm: null },
  { peer: 'torchao', label: 'MXFP8 E4M3, four scale modes', operation: /mxfp8/, native: 5, wasm: 2 },
  { peer: 'torchao', label: 'MXFP4, four scale modes', operation: /mxfp4/, native: 5, wasm: 2 },
  { peer: 'torchao', label: 'NVFP4', operation: /nvfp4/, native: 5, wasm: 2 },
  { peer: 'qtorch', label: 'ieee(4,3), ieee(5,2), stochastic', native: 10, wasm: 4 },
  { peer: 'torch, LUQ as released', label: '`luqEncode`, 256 Ki and 16 Mi elements', native: 8, wasm: 3 },
  { peer: 'torch, pruning as released', label: '`prune`, 256 Ki and 16 Mi elements', native: 8, wasm: 3 },
  {
    peer: 'plain JavaScript',
    label: 'e4m3fn, nearest even',
    operation: /rne/,
    native: { 'sse4.1': 3, avx2: 6, avx512: 10, neon: 3 },
    wasm: 3,
  },
  {
    peer: 'plain JavaScript',
    label: 'e4m3fn, stochastic',
    operation: /sr/,
    native: { 'sse4.1': 4, avx2: 8, avx512: 8, neon: 4 },
    wasm: 4,
  },
  {
    peer: 'plain JavaScript',
    label: '`stats`',
    operation: /stats/,
    native: { 'sse4.1': 10, avx2: 20, avx512: 20, neon: 10 },
    wasm: 10,
  },
  { peer: '@petamoriken/float16, widening alone', label: 'f16 widened and encoded', native: 10, wasm: null },
  { peer: 'onnxruntime-node', label: 'cast to e4m3fn and back', native: 2, wasm: null },
]
