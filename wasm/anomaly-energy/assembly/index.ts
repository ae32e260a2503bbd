export { adamEma, sumParts } from './adam'
export { empiricalCdf } from './cdf'
export { components } from './components'
export { convBackwardInput, convBackwardWeight, convEnergy, convForward, convParameterGradient } from './conv'
export { finite, finite64 } from './finite'
export {
  centerRows,
  centerRows64,
  choleskyFactor,
  covBlocks,
  covBlocks64,
  covMerge,
  gatherLocations,
  locationCov,
  locationDistances,
  locationFactor,
  precision,
  triangularInverse,
  whitenRows,
} from './gaussian'
export { descentStep, langevinRun, langevinUpdate } from './langevin'
export { freeEnergy } from './lse'
export { absReduce, blur, reduceChannels, resize, rgba } from './maps'
export { aucPass, proPass } from './metrics'
export { kcenter, nearest, rowDistances, rowNorms, sparseProject } from './neighbors'
export { patchAverage, patchEnergies, patchGradient, patchRows } from './patch'
export { philox, randomFill } from './random'
export { classSort, scoreSort } from './sort'
export { dualBasis, dualBasis64, gramRows, gramRows64, projectRows, symEig } from './subspace'
export { __heap_base }
