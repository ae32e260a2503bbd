/** From partial gradients to new parameters. */
import { sumOfSquares } from './maps'

/** Adds `groups` partial gradients in order; see the table. `squares`: Σ f64(out)² of the chunk. */
export function sumParts(
  parts: usize,
  partsSize: i32,
  groups: i32,
  weights: i32,
  count: i32,
  out: usize,
  n: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  const pitch = <usize>weights << 2
  const first = parts + (<usize>begin << 2)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    let s = f32x4.splat(0)
    let part = first + (<usize>i << 2)
    for (let g = 0; g < groups; g++) {
      s = f32x4.add(s, v128.load(part))
      part += pitch
    }
    v128.store(out + (<usize>i << 2), s)
  }
  for (; i < n; i++) {
    let s: f32 = 0
    let part = first + (<usize>i << 2)
    for (let g = 0; g < groups; g++) {
      s += load<f32>(part)
      part += pitch
    }
    store<f32>(out + (<usize>i << 2), s)
  }
  store<f64>(report, sumOfSquares(out, n))
  return 0
}

/** The numbers of a step as f32, one after another. */
const STEP: usize = memory.data(40, 16)
const SCALE = 0
const BETA1 = 4
const NEW1 = 8
const BETA2 = 12
const NEW2 = 16
const RATE = 20
const ROOT = 24
const EPSILON = 28
const DECAY = 32
const AVERAGE = 36

/** One parameter after the vectors. */
function adamOne(theta: usize, gradient: usize, m: usize, v: usize, ema: usize): void {
  const g = load<f32>(STEP, SCALE) * load<f32>(gradient)
  const m1 = load<f32>(STEP, BETA1) * load<f32>(m) + load<f32>(STEP, NEW1) * g
  const v1 = load<f32>(STEP, BETA2) * load<f32>(v) + load<f32>(STEP, NEW2) * g * g
  const step = (load<f32>(STEP, RATE) * m1) / (sqrt(v1) * load<f32>(STEP, ROOT) + load<f32>(STEP, EPSILON))
  const next = load<f32>(theta) - step
  store<f32>(m, m1)
  store<f32>(v, v1)
  store<f32>(theta, next)
  store<f32>(ema, load<f32>(STEP, DECAY) * load<f32>(ema) + load<f32>(STEP, AVERAGE) * next)
}

/** A number of the step in all lanes. */
// @ts-ignore: decorator
@inline
function all(offset: usize): v128 {
  return v128.load32_splat(STEP + offset)
}

function adamFour(theta: usize, gradient: usize, m: usize, v: usize, ema: usize): void {
  const g = f32x4.mul(all(SCALE), v128.load(gradient))
  const m1 = f32x4.add(f32x4.mul(all(BETA1), v128.load(m)), f32x4.mul(all(NEW1), g))
  const v1 = f32x4.add(f32x4.mul(all(BETA2), v128.load(v)), f32x4.mul(f32x4.mul(all(NEW2), g), g))
  const divisor = f32x4.add(f32x4.mul(f32x4.sqrt(v1), all(ROOT)), all(EPSILON))
  const next = f32x4.sub(v128.load(theta), f32x4.div(f32x4.mul(all(RATE), m1), divisor))
  v128.store(m, m1)
  v128.store(v, v1)
  v128.store(theta, next)
  v128.store(ema, f32x4.add(f32x4.mul(all(DECAY), v128.load(ema)), f32x4.mul(all(AVERAGE), next)))
}

/** Adam and the moving average of the parameters; see the table. */
export function adamEma(
  theta: usize,
  n: i32,
  gradient: usize,
  gradientSize: i32,
  m: usize,
  mSize: i32,
  v: usize,
  vSize: i32,
  ema: usize,
  emaSize: i32,
  scale: f64,
  beta1: f64,
  beta2: f64,
  rate: f64,
  root: f64,
  epsilon: f64,
  decay: f64,
  begin: f64,
  end: f64,
): i32 {
  store<f32>(STEP, <f32>scale, SCALE)
  store<f32>(STEP, <f32>beta1, BETA1)
  store<f32>(STEP, <f32>(1 - beta1), NEW1)
  store<f32>(STEP, <f32>beta2, BETA2)
  store<f32>(STEP, <f32>(1 - beta2), NEW2)
  store<f32>(STEP, <f32>rate, RATE)
  store<f32>(STEP, <f32>root, ROOT)
  store<f32>(STEP, <f32>epsilon, EPSILON)
  store<f32>(STEP, <f32>decay, DECAY)
  store<f32>(STEP, <f32>(1 - decay), AVERAGE)
  let at: usize = 0
  const bytes = <usize>n << 2
  for (; at + 16 <= bytes; at += 16) adamFour(theta + at, gradient + at, m + at, v + at, ema + at)
  for (; at < bytes; at += 4) adamOne(theta + at, gradient + at, m + at, v + at, ema + at)
  return 0
}
