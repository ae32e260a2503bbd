// The kernel and what its methods take and return.
export { ErrorFeedback } from './feedback.js'
export { GradientQuantizationKernel } from './kernel.js'
export { load, loadSync } from './load.js'
export type {
  BlockOptions,
  CodingOptions,
  DecodeOptions,
  EncodeOptions,
  FakeQuantizeOptions,
  Input,
  InputDtype,
  InputOptions,
  LuqOptions,
  NanMode,
  Overflow,
  PruneEncodeOptions,
  PruneOptions,
  RandomOptions,
  ReduceOptions,
  Rounding,
  Scale,
} from './options.js'
export type {
  AnyPacked,
  BlockFormatName,
  BlockPacked,
  LuqPacked,
  MxFormatName,
  MxPacked,
  Nvfp4Packed,
  Packed,
  Packing,
  PrunePacked,
  ScaleMode,
} from './packed.js'
export type { PruneResult } from './prune.js'

// Pure TypeScript.
export { expectedError, type Metric } from './expected-error.js'
export { defineFormat, type Format, type FormatDefinition, finite, formats, ieee, type Special } from './formats.js'
export { type AmaxSource, amaxScale, DelayedAmax, HindsightMax, lognormalScale } from './scaling.js'
export { type Moments, mergeStats, momentsFromSums, type Stats, type Sums, statsOf } from './stats-moments.js'
