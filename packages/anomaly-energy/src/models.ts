/** From a model file to a model. */
import { checkArray, FormatError, list, RankDeficientError } from '@ukernels/runtime'
import { readConv } from './conv.js'
import { readGaussian } from './gaussian.js'
import { readLocation } from './location.js'
import { BaseModel } from './model.js'
import { corrupt, type ModelFile, readModel } from './model-file.js'
import { readBank } from './neighbors.js'
import { readPatch } from './patch.js'
import type { KernelRunner, Steps } from './steps.js'
import { readSubspace } from './subspace.js'

type Reader = (runner: KernelRunner, file: ModelFile) => Steps<BaseModel> | BaseModel

const readers: Record<string, Reader> = {
  'patch-energy': readPatch,
  'conv-energy': readConv,
  gaussian: readGaussian,
  subspace: readSubspace,
  'location-gaussian': readLocation,
  'memory-bank': readBank,
}

/** `AnomalyEnergyKernel.fromBytes`. Whatever the bytes hold, it gives a model or throws a FormatError. */
export function* modelFromBytes(runner: KernelRunner, bytes: Uint8Array): Steps<BaseModel> {
  checkArray('bytes', bytes, 'Uint8Array')
  const file = readModel(bytes)
  if (!Object.hasOwn(readers, file.kind))
    throw corrupt(`kind must be one of ${list(Object.keys(readers))}, got '${file.kind}'`, 16)
  try {
    const made = readers[file.kind](runner, file)
    return made instanceof BaseModel ? made : yield* made
  } catch (error) {
    if (error instanceof RankDeficientError)
      throw new FormatError('ERR_UKERNELS_CORRUPT', `a ${file.kind} must be positive definite: ${error.message}`, 16)
    if (error instanceof RangeError && (error as { code?: string }).code === 'ERR_UKERNELS_RANGE')
      throw corrupt(`a ${file.kind} must be one that a fit gives: ${error.message}`, 16)
    throw error
  }
}
