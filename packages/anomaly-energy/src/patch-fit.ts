/** Patch energies from images, and from parameters. */
import { checkArray, integer, type Job, lengthError, RankDeficientError } from '@ukernels/runtime'
import type { Images } from './image-stream.js'
import { type PatchFitOptions, patchSettings } from './options.js'
import { PatchEnergy } from './patch.js'
import type { PatchParameters } from './patch-kernels.js'
import { addImages } from './patch-moments.js'
import { fittedState, patchState } from './patch-state.js'
import { checkFinite, type KernelRunner, type Steps } from './steps.js'

/** `AnomalyEnergyKernel.fitPatchEnergy`. */
export async function fitPatchEnergy(runner: KernelRunner, images: Images, options: PatchFitOptions & Job) {
  const fit = await addImages(runner, images, patchSettings(options), options)
  return new PatchEnergy(runner, await runner.start(fittedState(fit), options))
}

/** `AnomalyEnergyKernel.patchEnergyFrom`: checks the parameters and makes the model. */
export function* patchEnergyFrom(runner: KernelRunner, parameters: PatchParameters): Steps<PatchEnergy> {
  const { patch, channels, mean, precision } = parameters
  integer('patch', patch, 1, 15)
  integer('channels', channels, 1, 64)
  const d = channels * patch * patch
  checkArray('mean', mean, 'Float64Array')
  checkArray('precision', precision, 'Float64Array')
  if (mean.length !== d) throw lengthError(`mean must have ${d} elements, got ${mean.length}`)
  if (precision.length !== d * d) throw lengthError(`precision must have ${d * d} elements, got ${precision.length}`)
  yield* checkFinite('mean', mean)
  yield* checkFinite('precision', precision)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      if (precision[i * d + j] !== precision[j * d + i])
        throw new RankDeficientError(`precision must be symmetric, but (${i}, ${j}) and (${j}, ${i}) differ`)
    }
  }
  return new PatchEnergy(
    runner,
    yield* patchState({ patch, channels, mean: mean.slice(), precision: precision.slice() }),
  )
}
