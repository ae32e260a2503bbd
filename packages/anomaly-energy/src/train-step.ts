/** One step of contrastive divergence, as low-level calls. */

import type { ConvEnergy } from './conv.js'
import { DivergedError } from './errors.js'
import { motionArgs } from './langevin.js'
import { lossOf } from './objectives.js'
import { FILL_STEP, type ReplayBuffer, TAGS } from './replay-buffer.js'
import type { SpectralNorms } from './spectral-norm.js'
import { reportOf, type Steps, step } from './steps.js'
import type { TrainSettings } from './train-options.js'

/** What training changes. */
export interface TrainState {
  /** Steps done. */
  iteration: number
  theta: Float32Array
  m: Float32Array
  v: Float32Array
  ema: Float32Array
  buffer: ReplayBuffer
  norms: SpectralNorms | undefined
}

/** What a step came to. */
export interface StepStats {
  /** Mean energies of data and of chains, sums over places. */
  ePos: number
  eNeg: number
  loss: number
  /** L2 norm of the gradient before it is clipped. */
  gradNorm: number
  /** Mean age of the step's chains, in steps. */
  bufferAge: number
}

/** The network in its own units: no scale, no offset; `params` are those to use. */
export interface Network {
  energy: ConvEnergy
  /** Side of crops and chains. */
  side: number
}

type NetworkArgs = [Uint32Array, Float32Array, number, number, number, number, number]

/** The parameters of a forward pass: with spectral norms each pass begins with one power iteration of its own. */
type Forward = () => Float32Array

const argsOf = ({ energy, side }: Network, params: Float32Array): { args: NetworkArgs; places: number } => {
  const { args, places } = energy.network(side, side)
  const [plan, , ...rest] = args
  return { args: [plan, params, ...rest], places }
}

/** Fills every slot: chain `slot` of step 2^32 − 1. */
export function* fillBuffer(buffer: ReplayBuffer, { seed, range }: TrainSettings): Steps<void> {
  const x = new Float32Array(buffer.size)
  for (let slot = 0; slot < buffer.slots; slot++) {
    yield uniform(seed, slot, FILL_STEP, range, x)
    buffer.write(slot, x)
  }
}

/** Uniform numbers in the range, from (chain, step, reinit). */
const uniform = (
  seed: number | bigint,
  chain: number,
  at: number,
  [lo, hi]: readonly [number, number],
  x: Float32Array,
) => step('randomFill', 'start', x.length, [0, seed, chain, at, TAGS.reinit, lo, hi - lo, 0, lo, hi, x])

/** Chains of a step before their Langevin steps. */
function* startChains(
  state: TrainState,
  settings: TrainSettings,
): Steps<{ x: Float32Array; slots: number[]; born: number[] }> {
  const { buffer, iteration } = state
  const { seed, batch, range, reinit } = settings
  const { slots, anew } = buffer.choose(batch, iteration, reinit)
  const x = new Float32Array(batch * buffer.size)
  for (let b = 0; b < batch; b++) {
    const chain = x.subarray(b * buffer.size, (b + 1) * buffer.size)
    if (anew[b]) yield uniform(seed, b, iteration, range, chain)
    else {
      if (buffer.quantized)
        yield step('randomFill', 'start', chain.length, [0, seed, b, iteration, TAGS.dequantize, 0, 1, 0, 0, 1, chain])
      buffer.read(slots[b], chain)
    }
  }
  return { x, slots, born: slots.map((slot, b) => (anew[b] ? iteration : buffer.born[slot])) }
}

/** K Langevin steps. `perCall` of them, with the same parameters, go into one low-level call. */
function* runChains(
  network: Network,
  forward: Forward,
  x: Float32Array,
  state: TrainState,
  settings: TrainSettings,
  perCall: number,
): Steps<void> {
  const { motion, seed, batch } = settings
  const { side, energy } = network
  for (let k = 0; k < motion.steps; k += perCall) {
    const count = Math.min(perCall, motion.steps - k)
    const at = (state.iteration * motion.steps + k) >>> 0
    const { args } = argsOf(network, forward())
    yield step('langevinRun', 'sample', batch, [
      ...args,
      x,
      energy.channels,
      side,
      side,
      1,
      0,
      batch,
      ...motionArgs(motion, seed, 0, at),
      count,
      motion.noiseFirst,
    ])
  }
}

/**
 * One step on `positives` (batch · size numbers in the network's units, without noise; overwritten). Nothing of `state`
 * has changed when it throws. `perCall`: Langevin steps in a low-level call, fewer where calls share the event loop.
 */
export function* trainStep(
  network: Network,
  state: TrainState,
  settings: TrainSettings,
  positives: Float32Array,
  perCall: number,
): Steps<StepStats> {
  const { seed, batch, motion, dataNoise, objective, l2 } = settings
  const { buffer, iteration } = state
  const { side, energy: net } = network
  const norms = state.norms?.copy()
  const forward: Forward = () => norms?.apply(state.theta, 1) ?? state.theta
  for (let b = 0; b < batch; b++) {
    const x = positives.subarray(b * buffer.size, (b + 1) * buffer.size)
    yield step('randomFill', 'data', x.length, [
      1,
      seed,
      b,
      iteration,
      TAGS.dataNoise,
      0,
      dataNoise,
      1,
      motion.lo,
      motion.hi,
      x,
    ])
  }
  const chains = yield* startChains(state, settings)
  yield* runChains(network, forward, chains.x, state, settings, norms ? 1 : perCall)

  const params = forward()
  const { args, places } = argsOf(network, params)
  const both = new Float32Array(2 * positives.length)
  both.set(positives)
  both.set(chains.x, positives.length)
  const images = [net.channels, side, side, 1, 0, 2 * batch] as const
  const energy = new Float64Array(2 * batch)
  yield step('convEnergy', 'energy', 2 * batch, [...args, both, ...images, places, energy, undefined, undefined])
  const { loss, coefficients, ePos, eNeg } = lossOf(
    objective,
    energy.subarray(0, batch),
    energy.subarray(batch),
    places,
    l2,
  )
  const fail = (what: string): never => {
    throw new DivergedError(`training diverged at step ${iteration}: ${what}; the last good parameters were kept`)
  }
  for (const [name, mean] of Object.entries({ 'mean E of the data': ePos, 'mean E of the chains': eNeg })) {
    if (!(Math.abs(mean) <= settings.divergesAt)) fail(`|${name}| must be at most ${settings.divergesAt}, got ${mean}`)
  }

  const groups = Math.ceil((2 * batch) / 8)
  const parts = new Float32Array(groups * params.length)
  yield step('convParameterGradient', 'gradient', 2 * batch, [...args, both, coefficients, ...images, parts])
  const gradient = new Float32Array(params.length)
  const report = reportOf('sumParts')
  yield step('sumParts', 'gradient', params.length, [parts, groups, params.length, params.length, gradient, report])
  norms?.pullBack(gradient, params)
  const squares = norms ? gradient.reduce((sum, g) => sum + g * g, 0) : report.squares
  const gradNorm = Math.sqrt(squares)
  if (!Number.isFinite(gradNorm)) fail('its gradient is not finite')
  const next = yield* adam(state, settings, gradient, gradNorm)

  // All at once, so that a checkpoint between two low-level calls is that of a whole step.
  for (const name of ['theta', 'm', 'v', 'ema'] as const) state[name].set(next[name])
  let age = 0
  chains.slots.forEach((slot, b) => {
    buffer.write(slot, chains.x.subarray(b * buffer.size, (b + 1) * buffer.size))
    buffer.born[slot] = chains.born[b]
    age += iteration - chains.born[b]
  })
  state.norms = norms
  state.iteration++
  return { ePos, eNeg, loss, gradNorm, bufferAge: age / batch }
}

/** x^n by squaring: `**` isn't the same on every engine. */
function power(x: number, n: number): number {
  let [result, square] = [1, x]
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result *= square
    square *= square
  }
  return result
}

function* adam(
  state: TrainState,
  settings: TrainSettings,
  gradient: Float32Array,
  norm: number,
): Steps<Pick<TrainState, 'theta' | 'm' | 'v' | 'ema'>> {
  const { beta1, beta2, learningRate, warmup, gradNorm, epsilon, emaDecay } = settings
  const t = state.iteration + 1
  const scale = gradNorm === null || norm <= gradNorm ? 1 : gradNorm / norm
  const rate = (learningRate * Math.min(1, t / Math.max(1, warmup))) / (1 - power(beta1, t))
  const root = 1 / Math.sqrt(1 - power(beta2, t))
  const [theta, m, v, ema] = [state.theta, state.m, state.v, state.ema].map((x) => x.slice())
  yield step('adamEma', 'update', theta.length, [
    theta,
    gradient,
    m,
    v,
    ema,
    scale,
    beta1,
    beta2,
    rate,
    root,
    epsilon,
    emaDecay,
  ])
  return { theta, m, v, ema }
}
