// How many times faster than a peer the kernel is meant to be, by peer, operation and size. `native` may depend on the
// instruction set; null: only reported.
const KI = 1024
const MI = KI * KI

/** @type {{ peer: string, operation?: RegExp, n?: number, native: number | null | Record<string, number>, wasm: number | null }[]} */
export const targets = [
  { peer: 'ml-dtypes', n: 256 * KI, native: 25, wasm: 10 },
  { peer: 'ml-dtypes', n: 16 * MI, native: 10, wasm: 10 },
  { peer: 'gfloat, one by one', native: 5000, wasm: 1000 },
  { peer: 'gfloat, arrays', native: 20, wasm: 10 },
  { peer: 'torch', native: 2, wasm: null },
  { peer: 'torchao', native: 5, wasm: 2 },
  { peer: 'qtorch', native: 10, wasm: 4 },
  { peer: 'torch, LUQ as released', native: 8, wasm: 3 },
  { peer: 'torch, pruning as released', native: 8, wasm: 3 },
  { peer: 'plain JavaScript', operation: /rne/, native: { 'sse4.1': 3, avx2: 6, avx512: 10, neon: 3 }, wasm: 3 },
  { peer: 'plain JavaScript', operation: /sr/, native: { 'sse4.1': 4, avx2: 8, avx512: 8, neon: 4 }, wasm: 4 },
  { peer: 'plain JavaScript', operation: /stats/, native: { 'sse4.1': 10, avx2: 20, avx512: 20, neon: 10 }, wasm: 10 },
  { peer: '@petamoriken/float16, widening alone', native: 10, wasm: null },
  { peer: 'onnxruntime-node', native: 2, wasm: null },
]
