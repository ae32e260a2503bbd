/** Names of the detector's options: an unknown one is a mistake, and so is one that the method doesn't have. */
import { checkOptions, list, typeError } from '@ukernels/runtime'
import type { DetectorMethod, DetectorOptions } from './detector-options.js'
import type { PatchFitOptions } from './options.js'
import type { TileOptions } from './tiling.js'
import type { TrainOptions } from './train-options.js'

const all: readonly DetectorMethod[] = ['patch-energy', 'conv-ebm', 'padim', 'patchcore', 'fre', 'gaussian']
const energies: readonly DetectorMethod[] = ['patch-energy', 'conv-ebm']
const onFeatures: readonly DetectorMethod[] = ['padim', 'patchcore', 'fre', 'gaussian']

/** The methods that have an option. */
const methodsOf: Record<keyof DetectorOptions, readonly DetectorMethod[]> = {
  method: all,
  seed: all,
  calibration: all,
  fpr: all,
  weight: all,
  sigma: all,
  tile: all,
  info: all,
  signal: all,
  onProgress: all,
  score: energies,
  map: energies,
  border: ['patch-energy'],
  patch: ['patch-energy'],
  conv: ['conv-ebm'],
  features: onFeatures,
  channels: ['padim'],
  ridge: ['padim', 'gaussian'],
  ratio: ['patchcore'],
  variance: ['fre'],
}
const patchNames: Record<keyof PatchFitOptions, true> = { patch: true, stride: true, ridge: true }
const tileNames: Record<keyof TileOptions, true> = { size: true, overlap: true }
const convNames: Record<keyof TrainOptions | 'layers' | 'iterations' | 'numerics', true> = {
  layers: true,
  iterations: true,
  numerics: true,
  batch: true,
  crop: true,
  dataNoise: true,
  bufferSize: true,
  bufferStorage: true,
  reinit: true,
  steps: true,
  step: true,
  noise: true,
  noiseOrder: true,
  clip: true,
  clipAt: true,
  range: true,
  bounded: true,
  objective: true,
  l2: true,
  gradNorm: true,
  learningRate: true,
  beta1: true,
  beta2: true,
  epsilon: true,
  warmup: true,
  emaDecay: true,
  spectralNorm: true,
  divergesAt: true,
}

/** Levenshtein's distance: the fewest letters to insert, drop or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]
}

function checkNames(options: object | undefined, known: object, prefix = ''): void {
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value === undefined || Object.hasOwn(known, name)) continue
    const names = Object.keys(known)
    const nearest = names.reduce((a, b) => (distance(name, b) < distance(name, a) ? b : a))
    throw typeError(`${prefix}${name} isn't an option; the nearest is ${prefix}${nearest}, of ${list(names)}`)
  }
}

/** Throws for an option that doesn't exist, or not with this method. What is undefined is not given. */
export function checkOptionNames(options: DetectorOptions, method: DetectorMethod): void {
  for (const name of ['patch', 'conv'] as const) if (options[name] !== undefined) checkOptions(options[name], name)
  checkNames(options, methodsOf)
  checkNames(options.patch, patchNames, 'patch.')
  checkNames(options.tile, tileNames, 'tile.')
  checkNames(options.conv, convNames, 'conv.')
  for (const [name, methods] of Object.entries(methodsOf))
    if (options[name as keyof DetectorOptions] !== undefined && !methods.includes(method))
      throw typeError(`${name} is an option of ${methods.join(', ')}, not of method '${method}'`)
}
