/** The rows of the topics `conv`, `langevin` and `adam`, one number at a time, in the order of `numerics: 'exact'`. */
import { clamp, f, randomNumbers, sigmoid32, sum8 } from './numbers.js'
import type { Rows } from './rows.js'

interface Layer {
  inputs: number
  outputs: number
  kernel: number
  stride: number
  pad: number
  h: number
  w: number
  oh: number
  ow: number
  act: number
  weight: Float32Array
  bias: Float32Array
}

const LEAK = f(0.2)

/** Calls `visit` for every tap inside the image: output channel, input channel, output position, input position, tap. */
function taps(l: Layer, co: number, ci: number, visit: (weight: number, out: number, from: number) => void): void {
  const { kernel, stride, pad, h, w, oh, ow } = l
  for (let ky = 0; ky < kernel; ky++) {
    for (let kx = 0; kx < kernel; kx++) {
      const at = ((co * l.inputs + ci) * kernel + ky) * kernel + kx
      for (let oy = 0; oy < oh; oy++) {
        const y = oy * stride + ky - pad
        if (y < 0 || y >= h) continue
        for (let ox = 0; ox < ow; ox++) {
          const x = ox * stride + kx - pad
          if (x >= 0 && x < w) visit(at, (co * oh + oy) * ow + ox, (ci * h + y) * w + x)
        }
      }
    }
  }
}

function forward(l: Layer, x: Float32Array): Float32Array {
  const z = new Float32Array(l.outputs * l.oh * l.ow)
  for (let co = 0; co < l.outputs; co++) {
    for (let ci = 0; ci < l.inputs; ci++) taps(l, co, ci, (at, to, from) => (z[to] += f(l.weight[at] * x[from])))
  }
  const plane = l.oh * l.ow
  return z.map((v, i) => v + l.bias[Math.floor(i / plane)])
}

function inputGradient(l: Layer, dz: Float32Array): Float32Array {
  const dx = new Float32Array(l.inputs * l.h * l.w)
  for (let co = 0; co < l.outputs; co++) {
    for (let ci = 0; ci < l.inputs; ci++) taps(l, co, ci, (at, to, from) => (dx[from] += f(l.weight[at] * dz[to])))
  }
  return dx
}

function weightGradient(l: Layer, x: Float32Array, dz: Float32Array): Float32Array {
  const weights = l.outputs * l.inputs * l.kernel * l.kernel
  const dw = new Float32Array(weights + l.outputs)
  for (let co = 0; co < l.outputs; co++) {
    for (let ci = 0; ci < l.inputs; ci++) taps(l, co, ci, (at, to, from) => (dw[at] += f(dz[to] * x[from])))
    const plane = l.oh * l.ow
    for (let i = 0; i < plane; i++) dw[weights + co] += dz[co * plane + i]
  }
  return dw
}

const activate = (z: Float32Array, act: number) =>
  act === 0 ? z : z.map((v) => (act === 1 ? v * sigmoid32(v) : v > 0 ? v : LEAK * v))

function derivative(z: number, act: number): number {
  if (act === 0) return 1
  if (act === 2) return z > 0 ? 1 : LEAK
  const s = sigmoid32(z)
  return f(s * f(1 + f(z * f(1 - s))))
}

function networkOf(plan: Uint32Array, params: Float32Array, c: number, h: number, w: number): Layer[] {
  const layers: Layer[] = []
  let [inputs, at] = [c, 0]
  for (let i = 0; i < plan.length; i += 5) {
    const [outputs, kernel, stride, pad, act] = plan.subarray(i, i + 5)
    const size = outputs * inputs * kernel * kernel
    const out = (m: number) => Math.floor((m + 2 * pad - kernel) / stride) + 1
    layers.push({
      inputs,
      outputs,
      kernel,
      stride,
      pad,
      h,
      w,
      oh: out(h),
      ow: out(w),
      act,
      weight: params.subarray(at, at + size),
      bias: params.subarray(at + size, at + size + outputs),
    })
    at += size + outputs
    ;[inputs, h, w] = [outputs, out(h), out(w)]
  }
  return layers
}

/** Inputs of every layer, and their pre-activations. */
function runForward(
  layers: Layer[],
  x: Float32Array,
): { inputs: Float32Array[]; z: Float32Array[]; local: Float32Array } {
  const inputs: Float32Array[] = []
  const z: Float32Array[] = []
  let a = x
  for (const layer of layers) {
    inputs.push(a)
    z.push(forward(layer, a))
    a = activate(z[z.length - 1], layer.act)
  }
  return { inputs, z, local: a }
}

/** Back from da at the local energies; `weights` gets the weight gradients, layer by layer. */
function runBackward(
  layers: Layer[],
  run: ReturnType<typeof runForward>,
  seed: number,
  weights?: Float32Array,
): Float32Array {
  let da: Float32Array = new Float32Array(run.local.length).fill(seed)
  let end = weights?.length ?? 0
  for (let i = layers.length - 1; i >= 0; i--) {
    const { act } = layers[i]
    const dz = act === 0 ? da : da.map((v, j) => v * derivative(run.z[i][j], act))
    if (weights) {
      const dw = weightGradient(layers[i], run.inputs[i], dz)
      end -= dw.length
      weights.set(dw, end)
    }
    if (i > 0 || !weights) da = inputGradient(layers[i], dz)
  }
  return da
}

const scaled = (x: Float32Array, scale: number, offset: number) => x.map((v) => f(f(scale) * v) + f(offset))

const single = (
  [inputs, outputs, kernel, stride, pad, h, w]: number[],
  weight = new Float32Array(0),
  bias = new Float32Array(outputs),
): Layer => {
  const out = (m: number) => Math.floor((m + 2 * pad - kernel) / stride) + 1
  return { inputs, outputs, kernel, stride, pad, h, w, oh: out(h), ow: out(w), act: 0, weight, bias }
}

const langevinUpdate: Rows['langevinUpdate'] = (x, g, n, size, seed, chain0, step0, ...rest) => {
  const [lambda, noise, clip, clipAt, lo, hi] = rest.map(f)
  for (let i = 0; i < n; i++) {
    const normal = randomNumbers(1, seed, chain0 + i, step0, 1)
    for (let e = 0; e < size; e++) {
      const at = i * size + e
      let y = x[at]
      if (g) {
        const limited = clip === 2 ? clamp(g[at], -clipAt, clipAt) : g[at]
        const step = f(lambda * limited)
        y = f(y - (clip === 1 ? clamp(step, -clipAt, clipAt) : step))
      }
      if (noise !== 0) y = f(y + f(noise * normal(e)))
      x[at] = g ? clamp(y, lo, hi) : y
    }
  }
  return 0
}

export const convRows = {
  convForward(x, weight, bias, inputs, outputs, kernel, stride, pad, h, w, _numerics, n, z) {
    const l = single(
      [inputs, outputs, kernel, stride, pad, h, w],
      weight as Float32Array<ArrayBuffer>,
      bias as Float32Array<ArrayBuffer>,
    )
    const size = inputs * h * w
    for (let i = 0; i < n; i++) z.set(forward(l, x.subarray(i * size, (i + 1) * size)), i * outputs * l.oh * l.ow)
    return 0
  },
  convBackwardInput(dz, weight, inputs, outputs, kernel, stride, pad, h, w, _numerics, n, dx) {
    const l = single([inputs, outputs, kernel, stride, pad, h, w], weight as Float32Array<ArrayBuffer>)
    const size = outputs * l.oh * l.ow
    for (let i = 0; i < n; i++) dx.set(inputGradient(l, dz.subarray(i * size, (i + 1) * size)), i * inputs * h * w)
    return 0
  },
  convBackwardWeight(x, dz, inputs, outputs, kernel, stride, pad, h, w, _numerics, n, dw) {
    const l = single([inputs, outputs, kernel, stride, pad, h, w])
    const [from, to] = [inputs * h * w, outputs * l.oh * l.ow]
    for (let i = 0; i < n; i++) {
      const gradient = weightGradient(l, x.subarray(i * from, (i + 1) * from), dz.subarray(i * to, (i + 1) * to))
      dw.set(gradient, i * gradient.length)
    }
    return 0
  },
  convEnergy(plan, params, _l, _p, _a, _wd, _num, x, c, h, w, scale, offset, n, places, energy, local, gradient) {
    const layers = networkOf(plan, params, c, h, w)
    const size = c * h * w
    for (let i = 0; i < n; i++) {
      const run = runForward(layers, scaled(x.subarray(i * size, (i + 1) * size), scale, offset))
      energy[i] = sum8(places, (u) => run.local[u])
      local?.set(run.local, i * places)
      gradient?.set(
        runBackward(layers, run, 1).map((v) => v * f(scale)),
        i * size,
      )
    }
    return 0
  },
  convParameterGradient(plan, params, _l, weights, _a, _wd, _num, x, coefficients, c, h, w, scale, offset, n, parts) {
    const layers = networkOf(plan, params, c, h, w)
    const size = c * h * w
    parts.fill(0, 0, Math.floor((n + 7) / 8) * weights)
    for (let i = 0; i < n; i++) {
      const run = runForward(layers, scaled(x.subarray(i * size, (i + 1) * size), scale, offset))
      const sample = new Float32Array(weights)
      runBackward(layers, run, coefficients[i], sample)
      const at = Math.floor(i / 8) * weights
      for (let j = 0; j < weights; j++) parts[at + j] += sample[j]
    }
    return 0
  },
  langevinUpdate,
  langevinRun(plan, params, _l, _p, _a, _wd, _num, x, c, h, w, scale, offset, n, ...rest) {
    const [seed, chain0, step0, lambda, noise, clip, clipAt, lo, hi, steps, noiseFirst] = rest
    const layers = networkOf(plan, params, c, h, w)
    const size = c * h * w
    for (let i = 0; i < n; i++) {
      const chain = x.subarray(i * size, (i + 1) * size)
      for (let k = 0; k < steps; k++) {
        const update = (g: Float32Array | undefined, sigma: number) =>
          langevinUpdate(chain, g, 1, size, seed, chain0 + i, step0 + k, lambda, sigma, clip, clipAt, lo, hi)
        if (noiseFirst) update(undefined, noise)
        const g = runBackward(layers, runForward(layers, scaled(chain, scale, offset)), 1).map((v) => v * f(scale))
        update(g, noiseFirst ? 0 : noise)
      }
    }
    return 0
  },
  descentStep(x, x0, g, ...rest) {
    const [alpha, lambda, clipAt, lo, hi] = rest.map(f)
    for (let i = 0; i < x.length; i++) {
      const t = f(x[i] - x0[i])
      const pull = f(lambda * (t > 0 ? 1 : t < 0 ? -1 : 0))
      const step = clamp(f(alpha * f(g[i] + pull)), -clipAt, clipAt)
      x[i] = clamp(f(x[i] - step), lo, hi)
    }
    return 0
  },
  sumParts(parts, groups, weights, count, out, report) {
    out.fill(0, 0, count)
    for (let g = 0; g < groups; g++) for (let i = 0; i < count; i++) out[i] += parts[g * weights + i]
    report[0] = 0
    for (let begin = 0; begin < count; begin += 16384)
      report[0] += sum8(Math.min(16384, count - begin), (i) => out[begin + i] * out[begin + i])
    return 0
  },
  adamEma(theta, gradient, m, v, ema, scale, beta1, beta2, rate, root, epsilon, decay) {
    const [s, b1, b2, r, t, eps, d] = [scale, beta1, beta2, rate, root, epsilon, decay].map(f)
    const [c1, c2, c] = [1 - beta1, 1 - beta2, 1 - decay].map(f)
    for (let i = 0; i < theta.length; i++) {
      const g = f(s * gradient[i])
      m[i] = f(b1 * m[i]) + f(c1 * g)
      v[i] = f(b2 * v[i]) + f(f(c2 * g) * g)
      theta[i] = theta[i] - f(f(r * m[i]) / f(f(f(Math.sqrt(v[i])) * t) + eps))
      ema[i] = f(d * ema[i]) + f(c * theta[i])
    }
    return 0
  },
} satisfies Partial<Rows>
