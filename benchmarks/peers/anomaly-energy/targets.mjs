// How many times faster than a peer the kernel is meant to be, by peer and operation. `native` speaks of the machine's
// widest instruction set on one thread or as many as the peer has; null: only reported.

/** @type {{ peer: string, operation?: RegExp, n?: number, native: number | null | Record<string, number>, wasm: number | null }[]} */
export const targets = [
  { peer: 'scipy', operation: /free energy/, native: 8, wasm: null },
  { peer: 'scipy, fftconvolve', native: 2, wasm: null },
  { peer: 'torch', operation: /PatchEnergy gradient/, native: 5, wasm: null },
  { peer: 'scipy, correlate', native: null, wasm: null },
  { peer: 'numpy', operation: /PatchEnergy gradient/, native: 150, wasm: null },
  { peer: 'numpy', operation: /energy map/, native: 30, wasm: null },
  { peer: 'numpy', operation: /PatchEnergy fit/, native: 1, wasm: null },
  { peer: 'numpy', operation: /PaDiM/, native: 1.5, wasm: null },
  { peer: 'numpy', operation: /Mahalanobis/, native: 1.2, wasm: null },
  { peer: 'numpy', operation: /nearest neighbor/, native: 1.2, wasm: null },
  { peer: 'torch', operation: /nearest neighbor/, native: 1.2, wasm: null },
  { peer: 'torch', operation: /k-center/, native: 2, wasm: null },
  { peer: 'torch', operation: /ConvEnergy|CD iteration/, native: 1.1, wasm: null },
  { peer: 'scipy', operation: /blur/, native: 12, wasm: null },
  { peer: 'scikit-learn', operation: /AUROC/, native: 12, wasm: null },
  { peer: 'scipy', operation: /regions/, native: 2, wasm: null },
  { peer: 'ml-pca', native: 10, wasm: 10 },
  { peer: 'faiss-node', native: 1, wasm: null },
  { peer: 'isolation-forest', native: 10, wasm: 10 },
  { peer: 'ml-isolation-forest', native: 10, wasm: 10 },
  { peer: '@tensorflow/tfjs, cpu', native: 3, wasm: 3 },
  { peer: '@tensorflow/tfjs, wasm', native: 3, wasm: 3 },
]
