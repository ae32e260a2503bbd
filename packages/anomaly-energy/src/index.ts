export type { Aupimo } from './aupimo.js'
export { type Batch, masksOf } from './batch.js'
export type { Calibrator } from './calibrate.js'
export type { Regions } from './components.js'
export type { ConvEnergy } from './conv.js'
export type { ConvParameters } from './conv-create.js'
export { type ConvLayer, defaultLayers } from './conv-plan.js'
export type { DescentOptions } from './descent.js'
export { AnomalyDetector, type Prediction } from './detector.js'
export type { DetectorMethod, DetectorOptions, MapKind } from './detector-options.js'
export { DivergedError, UndefinedMetricError } from './errors.js'
export {
  averagePool3,
  concatenateLevels,
  type FeatureExtractor,
  fromOnnx,
  fromTfjs,
  locationRows,
  type OnnxOptions,
  type OnnxSession,
  type OnnxTensorConstructor,
  selectChannels,
  type TfLibrary,
  type TfOptions,
  type TfTensor,
} from './features.js'
export type { GaussianEnergy } from './gaussian.js'
export type { Images } from './image-stream.js'
export type { AnomalyEnergyKernel } from './kernel.js'
export type { GradientFunction, LangevinSampler, RunOptions } from './langevin.js'
export { load, loadSync } from './load.js'
export type { LocationGaussian, LocationStatistics } from './location.js'
export type { ChannelReduction } from './maps.js'
export type { Metrics } from './metrics.js'
export type { Model } from './model.js'
export type { MemoryBank, Neighbors } from './neighbors.js'
export type {
  AupimoOptions,
  BlurOptions,
  ColorOptions,
  ConvOptions,
  CoresetOptions,
  FreeEnergyOptions,
  GaussianOptions,
  LocationOptions,
  PatchFitOptions,
  PValueOptions,
  QueryOptions,
  ScoreName,
  ScoreOptions,
  SubspaceOptions,
} from './options.js'
export type { Palette } from './palette.js'
export type { PatchEnergy } from './patch.js'
export type { PatchParameters } from './patch-kernels.js'
export { presets } from './presets.js'
export type { Aupro, ProCurve } from './pro.js'
export type { Subspace } from './subspace.js'
export type { TileOptions } from './tiling.js'
export type {
  Clip,
  MotionOptions,
  NoiseOrder,
  Objective,
  SamplerOptions,
  TrainOptions,
} from './train-options.js'
export type { StepStats } from './train-step.js'
export type { CdTrainer, TrainJob, TrainProgress } from './trainer.js'
