// Free energy, convolutional energy, chains and Adam: closed forms and goldens.
import { describe, expect, it } from 'vitest'
import { run } from './core.js'

describe('freeEnergy', () => {
  const energy = (logits: number[], temperature = 1) => {
    const { arrays, report } = run('freeEnergy', {
      logits: Float32Array.from(logits),
      n: 1,
      k: logits.length,
      temperature,
    })
    return { e: Number(arrays.energy[0]), g: [...(arrays.gradient as Float32Array)], first: report.firstNonFinite }
  }
  it('of small rows', () => {
    expect(energy([1, 2, 3]).e).toBeCloseTo(-3.4076059644, 6)
    energy([1, 2, 3]).g.forEach((v, i) => {
      expect(v).toBeCloseTo([-0.0900305732, -0.2447284711, -0.6652409558][i], 6)
    })
    expect(energy([1, 2, 3], 0.5).e).toBeCloseTo(-3.0714658142, 6)
    expect(energy([0, -1, 2, 0.5], 2).e).toBeCloseTo(-3.448687102, 6)
    expect(energy([1000, 0, -1000]).e).toBe(-1000)
  })
  it('of rows with infinities and NaN', () => {
    const inf = Number.POSITIVE_INFINITY
    expect(energy([1, Number.NaN, 2])).toEqual({ e: Number.NaN, g: [Number.NaN, Number.NaN, Number.NaN], first: 1 })
    expect(energy([-inf, -inf])).toEqual({ e: inf, g: [-0.5, -0.5], first: 0 })
    expect(energy([inf, 3, inf, 1])).toEqual({ e: -inf, g: [-0.5, -0, -0.5, -0], first: 0 })
    expect(energy([0, -inf])).toEqual({ e: -0, g: [-1, -0], first: 1 })
  })
  it('gives a row the same bits beside others, alone, and in long rows', () => {
    const logits = Float32Array.from({ length: 70 * 9 }, (_, i) => 5 * Math.sin(i * i))
    const whole = run('freeEnergy', { logits, n: 70, k: 9, temperature: 1.5 }).arrays
    for (let i = 0; i < 70; i++) {
      const alone = run('freeEnergy', { logits: logits.slice(9 * i, 9 * i + 9), n: 1, k: 9, temperature: 1.5 }).arrays
      expect(alone.energy[0]).toBe(whole.energy[i])
      expect([...alone.gradient]).toEqual([...whole.gradient.subarray(9 * i, 9 * i + 9)])
    }
  })
})

describe('convEnergy', () => {
  const layers = [
    [4, 4, 2, 1, 1],
    [6, 3, 1, 1, 1],
    [1, 1, 1, 0, 0],
  ]
  const network = {
    plan: Uint32Array.from(layers.flat()),
    params: Float32Array.from({ length: 297 }, (_, i) => (((37 * i + 11) % 101) - 50) / 200),
    layers: 3,
    weights: 297,
    activations: 144 + 36 * 11,
    widest: 64,
    x: Float32Array.from({ length: 144 }, (_, i) => ((53 * i + 7) % 97) / 48 - 1),
    c: 1,
    h: 12,
    w: 12,
    scale: 1,
    offset: 0,
    n: 1,
    places: 36,
  }
  it.each([0, 1])('of the small network, numerics %d', (numerics) => {
    const { energy, local, gradient } = run('convEnergy', { ...network, numerics }).arrays
    expect(energy[0]).toBeCloseTo(-0.5069450475, 6)
    expect(local[0]).toBeCloseTo(-0.0014835664, 8)
    const g = [...(gradient as Float32Array)]
    expect(g.reduce((s, v) => s + v, 0)).toBeCloseTo(0.0835699847, 6)
    expect(g.reduce((s, v) => s + Math.abs(v), 0)).toBeCloseTo(1.1871399646, 6)
    expect(Math.hypot(...g)).toBeCloseTo(0.1245925274, 7)
    expect(g[0]).toBeCloseTo(0.0001457918, 8)
    expect(g[5 * 12 + 7]).toBeCloseTo(-0.0123239251, 8)
    const coefficients = Float32Array.of(1)
    const { parts } = run('convParameterGradient', { ...network, numerics, coefficients }).arrays
    expect(Math.hypot(...(parts as Float32Array))).toBeCloseTo(38.3864720553, 4)
    expect(parts[0]).toBeCloseTo(-0.0637546492, 7)
    expect(parts[296]).toBe(36)
  })
  it('is the same without gradient and local energies, and sample by sample', () => {
    const x = Float32Array.from({ length: 432 }, (_, i) => Math.sin(i * i))
    const batch = run('convEnergy', { ...network, x, n: 3, numerics: 0 }).arrays
    for (let i = 0; i < 3; i++) {
      const one = run('convEnergy', { ...network, x: x.slice(144 * i, 144 * i + 144), numerics: 0 }).arrays
      expect(one.energy[0]).toBe(batch.energy[i])
      expect([...one.gradient]).toEqual([...batch.gradient.subarray(144 * i, 144 * i + 144)])
    }
  })
  it('has gradients that finite differences confirm', () => {
    const sample = { ...network, numerics: 0, scale: 1.5, offset: -0.25 }
    const { gradient } = run('convEnergy', sample).arrays
    for (const at of [0, 11, 67, 143]) {
      const at2 = (step: number) => {
        const x = network.x.slice()
        x[at] += step
        return Number(run('convEnergy', { ...sample, x }).arrays.energy[0])
      }
      expect((at2(0.0625) - at2(-0.0625)) / 0.125).toBeCloseTo(Number(gradient[at]), 3)
    }
  })
})

describe('langevinUpdate', () => {
  // E = a x² / 2 with a = 2, ε = 0.5: λ = ε² / 2, σ = ε; variances of the two noise orders.
  const [chains, steps, a, epsilon] = [20000, 60, 2, 0.5]
  const motion = { lambda: (epsilon * epsilon) / 2, noise: epsilon, clip: 0, clipAt: 0, chain0: 0, seed: 5 }
  const free = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY }
  const one = (x: Float32Array, g: Float32Array | undefined, step0: number, noise: number) =>
    run('langevinUpdate', { ...motion, ...free, x, g, noise, n: 1, size: chains, step0 }).arrays.x as Float32Array
  const variance = (x: Float32Array) => x.reduce((s, v) => s + v * v, 0) / chains
  it('reaches the stationary variance, noise with the step', () => {
    let x: Float32Array = new Float32Array(chains)
    for (let k = 0; k < steps; k++)
      x = one(
        x,
        x.map((v) => a * v),
        k,
        epsilon,
      )
    expect(Math.abs(variance(x) - 0.571429)).toBeLessThan(0.02)
  })
  it('reaches the stationary variance, noise first', () => {
    let x: Float32Array = new Float32Array(chains)
    for (let k = 0; k < steps; k++) {
      x = one(x, undefined, k, epsilon)
      x = one(
        x,
        x.map((v) => a * v),
        k,
        0,
      )
    }
    expect(Math.abs(variance(x) - 0.321429)).toBeLessThan(0.012)
  })
})

it('Adam takes the first step of the example', () => {
  const { theta, ema } = run('adamEma', {
    theta: Float32Array.of(1, 1, 1),
    gradient: Float32Array.of(0.3, -2, 0),
    m: new Float32Array(3),
    v: new Float32Array(3),
    ema: new Float32Array(3),
    scale: 0.5 / Math.hypot(0.3, 2),
    beta1: 0,
    beta2: 0.999,
    rate: 3e-4,
    root: 1 / Math.sqrt(1 - 0.999),
    epsilon: 1e-8,
    decay: 0.99,
  }).arrays
  ;[0.9997, 1.0003, 1].forEach((v, i) => {
    expect(theta[i]).toBeCloseTo(v, 6)
    expect(ema[i]).toBeCloseTo(v / 100, 7)
  })
})
