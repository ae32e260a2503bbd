/** Convolutional energies with random parameters, and with published ones. */
import { allocate, checkArray, lengthError, rangeError, seedWords } from '@ukernels/runtime'
import { ConvEnergy } from './conv.js'
import { type ConvLayer, type ConvPlan, planOf } from './conv-plan.js'
import { type ConvOptions, convSettings } from './options.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

/** Purpose of the words of initial parameters. */
const TAG_INIT = 5

/** U(±1/√fan_in) for weights and biases; parameter i draws word i of (chain 0, step 0, tag 5). */
function* initialParams(plan: ConvPlan, seed: number | bigint): Steps<Float32Array> {
  seedWords(seed)
  const params = allocate(Float32Array, plan.weights)
  yield step('randomFill', 'init', params.length, [0, seed, 0, 0, TAG_INIT, -1, 2, 0, -1, 1, params])
  for (const { layer, inputs, weight, end } of plan.slices) {
    const bound = 1 / Math.sqrt(inputs * layer.kernel ** 2)
    for (let i = weight; i < end; i++) params[i] *= bound
  }
  return params
}

/** `AnomalyEnergyKernel.createConvEnergy`. */
export function* createConvEnergy(
  runner: KernelRunner,
  layers: readonly ConvLayer[],
  options: ConvOptions,
): Steps<ConvEnergy> {
  const { channels, seed, ...settings } = convSettings(options)
  const plan = planOf(layers, channels)
  return new ConvEnergy(runner, plan, settings, yield* initialParams(plan, seed))
}

/** Published weights of an energy, or of a log-density: `sign` says which, it is never guessed. */
export interface ConvParameters {
  layers: readonly ConvLayer[]
  channels: number
  /** As `ConvEnergy.params`. */
  params: Float32Array
  scale?: number
  offset?: number
  numerics?: 'fast' | 'exact'
  /** 1 when the network gives the energy E (openai/ebm_code_release), −1 when it gives f = −E (JEM). */
  sign: 1 | -1
}

/** `AnomalyEnergyKernel.convEnergyFrom`. */
export function* convEnergyFrom(runner: KernelRunner, parameters: ConvParameters): Steps<ConvEnergy> {
  const { sign, params } = parameters
  if (sign !== 1 && sign !== -1)
    throw rangeError(`sign must be 1 (the network gives E) or -1 (it gives -E); it can't be guessed, got ${sign}`)
  const { channels, seed: _, ...settings } = convSettings({ ...parameters, seed: 0 })
  const plan = planOf(parameters.layers, channels)
  checkArray('params', params, 'Float32Array')
  if (params.length !== plan.weights)
    throw lengthError(`params must have ${plan.weights} elements for these layers, got ${params.length}`)
  yield* checkFinite('params', params)
  const own = params.slice()
  const last = plan.slices[plan.slices.length - 1]
  if (sign === -1) {
    if (last.layer.act !== 'none') throw rangeError("with sign -1 the last layer must have act: 'none'")
    for (let i = last.weight; i < last.end; i++) own[i] = -own[i]
  }
  return new ConvEnergy(runner, plan, settings, own)
}
