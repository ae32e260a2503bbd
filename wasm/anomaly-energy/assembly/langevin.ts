/** Steps of sampling chains and of descent maps. */
import { loadPartial, storePartial } from '../../common/assembly/lanes'
import { openSequence, TILE } from '../../common/assembly/words'
import { networkBackward, networkForward, openNetwork } from './network'
import { chainNormals, clampLanes } from './random'

/** Purpose of the noise. */
const TAG: u32 = 1

// How chains move, and the seed of their noise.
let seedWordLo: u32 = 0
let seedWordHi: u32 = 0
let lambda: f32 = 0
let noise: f32 = 0
let clip: i32 = 0
let clipAt: f32 = 0
let lowest: f32 = 0
let highest: f32 = 0

/** Sets how `stepChain` moves. */
export function setMotion(
  seedLo: u32,
  seedHi: u32,
  newLambda: f64,
  newNoise: f64,
  newClip: i32,
  newClipAt: f64,
  lo: f64,
  hi: f64,
): void {
  seedWordLo = seedLo
  seedWordHi = seedHi
  lambda = <f32>newLambda
  noise = <f32>newNoise
  clip = newClip
  clipAt = <f32>newClipAt
  lowest = <f32>lo
  highest = <f32>hi
}

/** What a step takes away from x. */
// @ts-ignore: decorator
@inline
function descent(g: v128): v128 {
  const limit = f32x4.splat(clipAt)
  const scale = f32x4.splat(lambda)
  if (clip === 0) return f32x4.mul(scale, g)
  if (clip === 1) return clampLanes(f32x4.mul(scale, g), f32x4.neg(limit), limit)
  return f32x4.mul(scale, clampLanes(g, f32x4.neg(limit), limit))
}

/**
 * One step of a chain of `size` numbers: the gradient's part unless g is 0, then the noise if `noisy`, then
 * the clip when there is a gradient.
 */
export function stepChain(x: usize, g: usize, size: i32, chain: u32, step: u32, noisy: bool): void {
  const draws = noisy && noise !== 0
  if (draws) openSequence(seedWordLo, seedWordHi, step, TAG)
  const scale = f32x4.splat(noise)
  const low = f32x4.splat(lowest)
  const high = f32x4.splat(highest)
  for (let i = 0; i < size; i += TILE) {
    const count = min(TILE, size - i)
    let normal: usize = draws ? chainNormals(i, count, chain) : 0
    for (let at = <usize>i << 2, end = at + (<usize>count << 2); at < end; at += 16) {
      const left = <i32>((end - at) >> 2)
      let y = loadPartial(x + at, left)
      if (g !== 0) y = f32x4.sub(y, descent(loadPartial(g + at, left)))
      if (draws) {
        y = f32x4.add(y, f32x4.mul(scale, v128.load(normal)))
        normal += 16
      }
      if (g !== 0) y = clampLanes(y, low, high)
      storePartial(x + at, y, left)
    }
  }
}

/** One step of a chunk of chains; see the table. */
export function langevinUpdate(
  x: usize,
  xSize: i32,
  g: usize,
  gSize: i32,
  n: i32,
  size: i32,
  seedLo: u32,
  seedHi: u32,
  chain0: u32,
  step0: u32,
  newLambda: f64,
  newNoise: f64,
  newClip: i32,
  newClipAt: f64,
  lo: f64,
  hi: f64,
  begin: f64,
  end: f64,
): i32 {
  setMotion(seedLo, seedHi, newLambda, newNoise, newClip, newClipAt, lo, hi)
  const bytes = <usize>size << 2
  for (let chain = begin; chain < end; chain++) {
    stepChain(x, g, size, chain0 + <u32>chain, step0, true)
    x += bytes
    if (g !== 0) g += bytes
  }
  return 0
}

/** One step of a descent map; see the table. */
export function descentStep(
  x: usize,
  n: i32,
  x0: usize,
  x0Size: i32,
  g: usize,
  gSize: i32,
  alpha: f64,
  newLambda: f64,
  newClipAt: f64,
  lo: f64,
  hi: f64,
  begin: f64,
  end: f64,
): i32 {
  const rate = f32x4.splat(<f32>alpha)
  const weight = f32x4.splat(<f32>newLambda)
  const limit = f32x4.splat(<f32>newClipAt)
  const low = f32x4.splat(<f32>lo)
  const high = f32x4.splat(<f32>hi)
  const one = f32x4.splat(1)
  const zero = f32x4.splat(0)
  for (const last = x + (<usize>n << 2); x < last; x += 16) {
    const left = <i32>((last - x) >> 2)
    const y = loadPartial(x, left)
    const t = f32x4.sub(y, loadPartial(x0, left))
    const up = v128.and(f32x4.gt(t, zero), one)
    const sign = v128.or(up, v128.and(f32x4.lt(t, zero), f32x4.neg(one)))
    const slope = f32x4.add(loadPartial(g, left), f32x4.mul(weight, sign))
    const step = clampLanes(f32x4.mul(rate, slope), f32x4.neg(limit), limit)
    storePartial(x, clampLanes(f32x4.sub(y, step), low, high), left)
    x0 += 16
    g += 16
  }
  return 0
}

/** Steps of a chunk of chains on a network; see the table. */
export function langevinRun(
  plan: usize,
  planSize: i32,
  params: usize,
  paramsSize: i32,
  layers: i32,
  weights: i32,
  activations: i32,
  widest: i32,
  numerics: i32,
  x: usize,
  xSize: i32,
  c: i32,
  h: i32,
  w: i32,
  scale: f64,
  offset: f64,
  n: i32,
  seedLo: u32,
  seedHi: u32,
  chain0: u32,
  step0: u32,
  newLambda: f64,
  newNoise: f64,
  newClip: i32,
  newClipAt: f64,
  lo: f64,
  hi: f64,
  steps: u32,
  noiseFirst: i32,
  work: usize,
  workSize: i32,
  gradient: usize,
  gradientSize: i32,
  begin: f64,
  end: f64,
): i32 {
  if (!openNetwork(plan, params, layers, c, h, w, work, workSize, true)) return -1
  setMotion(seedLo, seedHi, newLambda, newNoise, newClip, newClipAt, lo, hi)
  const size = c * h * w
  for (let i = begin; i < end; i++) {
    const chain = chain0 + <u32>i
    for (let k: u32 = 0; k < steps; k++) {
      if (noiseFirst === 1) stepChain(x, 0, size, chain, step0 + k, true)
      networkForward(x, <f32>scale, <f32>offset, true)
      networkBackward(1, gradient, <f32>scale, 0)
      stepChain(x, gradient, size, chain, step0 + k, noiseFirst === 0)
    }
    x += <usize>size << 2
  }
  return 0
}
