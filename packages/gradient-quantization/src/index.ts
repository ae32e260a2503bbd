export { allocateSparsity, type SparsityLayer } from './allocate-sparsity.js'
export { type BestFormat, type BestFormatOptions, bestFormat, type FormatPolicy } from './best-format.js'
export { bestShift } from './best-shift.js'
export { closedFormError } from './closed-form.js'
export { expectedError, type Metric } from './expected-error.js'
export type { ErrorFeedback } from './feedback.js'
export { Float8View } from './float8-view.js'
export {
  asFormat,
  defineFormat,
  type Format,
  type FormatDefinition,
  finite,
  formats,
  ieee,
  type Special,
} from './formats.js'
export type { GradientQuantizationKernel } from './kernel.js'
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
export { type Schedule, schedules } from './schedules.js'
export { type Shape, shapeOf } from './shape.js'
export { type Moments, mergeStats, type Stats, type Sums } from './stats-moments.js'
export { LayerTracker, type LayerTrackerOptions, type TrackedStats } from './tracker.js'
export { fromBytes, toBytes } from './wire.js'
