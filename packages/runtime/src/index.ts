export * from './abi.js'
export { allocateArray } from './arena.js'
export type { AttemptCode } from './attempts.js'
export * from './backend.js'
export type { KernelBuffer } from './buffers.js'
export {
  checkApart,
  checkArray,
  checkArrayOf,
  checkAttached,
  checkJob,
  checkOptions,
  checkOut,
  checkOuts,
  checkSeed,
  choice,
  flag,
  foundArray,
  integer,
  isFiniteNonNegative,
  isFinitePositive,
  noOptions,
  number,
  numberOf,
  RECIPROCAL,
  real,
  real32,
  reciprocates,
  refuseNonFinite,
  tagOf,
} from './checks.js'
export { crc32 } from './crc32.js'
export * from './elements.js'
export { availableCores, type RuntimeName, runtimeName, wasmSupport } from './environment.js'
export * from './errors.js'
export { exponentOf, pow2 } from './float-bits.js'
export { runJob } from './job.js'
export { type Job, type Kernel, KernelBase, type KernelInfo, type Progress, type Real } from './kernel.js'
export { nativeTarget } from './libc.js'
export { defineLoader, type Loader, type LoaderDefinition, type LoadOptions } from './load.js'
export { type Addon, createNativeBackend } from './native-backend.js'
export { checkNativeFile } from './native-file.js'
export type { WasmSource } from './open-wasm.js'
export { type Operation, Runner, type Single, type Step, type Steps, stepsOf } from './operations.js'
export { allocate, outputFor, owned } from './outputs.js'
export * from './prepared-row.js'
export {
  below,
  normalPair,
  open32,
  Philox,
  philox4x32,
  positive24,
  type Seed,
  type Sequence,
  seedWords,
  unit24,
  unit32,
} from './random.js'
export { createReport, type ReportOf, reportsOf } from './report.js'
export type { Sample, SampleSource, Samples } from './samples.js'
export { erf, erfc, erfcx, exp, gaussian, log, log2, normalCdf, timesErfcx } from './special.js'
export { createWasmBackend } from './wasm-backend.js'
