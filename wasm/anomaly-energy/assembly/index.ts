export { adamEma, sumParts } from './adam'
export { empiricalCdf } from './cdf'
export { components } from './components'
export { absReduce, blur, reduceChannels, resize, rgba } from './maps'
export { aucPass, proPass } from './metrics'
export { kcenter, nearest, rowDistances, rowNorms, sparseProject } from './neighbors'
export { patchAverage, patchEnergies, patchGradient, patchRows } from './patch'
export { scoreSort } from './sort'
export { __heap_base }
