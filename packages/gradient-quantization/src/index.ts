export { allocateSparsity, type SparsityLayer } from './allocate-sparsity.js'
export { type BestFormat, type BestFormatOptions, bestFormat, type FormatPolicy } from './best-format.js'
export { expectedError, type Metric } from './expected-error.js'
export { ErrorFeedback } from './feedback.js'
export { Float8View } from './float8-view.js'
export { defineFormat, type Format, type FormatDefinition, finite, formats, ieee, type Special } from './formats.js'
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
export { type PruneThreshold, type PruneThresholdOptions, pruneThreshold } from './prune-threshold.js'
export { type AmaxSource, amaxScale, DelayedAmax, HindsightMax, lognormalScale } from './scaling.js'
export { type Shape, shapeOf } from './shape.js'
export { type Moments, mergeStats, momentsFromSums, type Stats, type Sums, statsOf } from './stats-moments.js'
export { fromBytes, toBytes } from './wire.js'
