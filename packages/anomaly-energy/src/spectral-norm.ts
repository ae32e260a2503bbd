/** Spectral normalization of a network's weights, W / σ₁ (Miyato et al. 2018), on all layers but the last. */
import { Philox } from '@ukernels/runtime'
import type { ConvPlan, LayerSlice } from './conv-plan.js'

interface Norm {
  slice: LayerSlice
  /** Left and right singular vectors, as far as they are known, and σ = uᵀWv. */
  u: Float64Array
  v: Float64Array
  sigma: number
}

function normalize(x: Float64Array): void {
  let sum = 0
  for (const value of x) sum += value * value
  const norm = Math.sqrt(sum) + 1e-12
  for (let i = 0; i < x.length; i++) x[i] /= norm
}

/** The norms of a network; the vectors u stay from pass to pass, so that one iteration a pass suffices. */
export class SpectralNorms {
  readonly #norms: Norm[]

  private constructor(norms: Norm[]) {
    this.#norms = norms
  }

  /** Vectors u start as ±1 by the bits of random words. */
  static start(plan: ConvPlan, seed: number | bigint, tag: number): SpectralNorms {
    const random = new Philox(seed)
    return new SpectralNorms(
      plan.slices.slice(0, -1).map((slice, i) => {
        const out = slice.layer.out
        const words = random.fill(new Uint32Array(out), 0, { stream: 1 + i, tag })
        const u = Float64Array.from(words, (w) => (w & 1 ? 1 : -1))
        normalize(u)
        return { slice, u, v: new Float64Array((slice.bias - slice.weight) / out), sigma: 1 }
      }),
    )
  }

  /** The same, to go on from without changing these. */
  copy(): SpectralNorms {
    return new SpectralNorms(this.#norms.map((norm) => ({ ...norm, u: norm.u.slice(), v: norm.v.slice() })))
  }

  /** All vectors u, one after another. */
  get vectors(): Float64Array {
    return Float64Array.from(this.#norms.flatMap(({ u }) => [...u]))
  }
  set vectors(all: Float64Array) {
    let at = 0
    for (const { u } of this.#norms) {
      u.set(all.subarray(at, at + u.length))
      at += u.length
    }
  }

  /** Parameters with normalized weights, after `iterations` power iterations. */
  apply(params: Float32Array, iterations: number): Float32Array {
    const result = params.slice()
    for (const norm of this.#norms) {
      const { slice, u, v } = norm
      const fan = v.length
      const w = params.subarray(slice.weight, slice.bias)
      for (let t = 0; t < iterations; t++) {
        v.fill(0)
        for (let i = 0; i < u.length; i++) for (let j = 0; j < fan; j++) v[j] += w[i * fan + j] * u[i]
        normalize(v)
        multiply(w, v, u)
        normalize(u)
      }
      const wv = multiply(w, v, new Float64Array(u.length))
      norm.sigma = u.reduce((sum, value, i) => sum + value * wv[i], 0)
      for (let i = slice.weight; i < slice.bias; i++) result[i] = params[i] / norm.sigma
    }
    return result
  }

  /** Gradient with respect to W from that to W / σ, u and v constant: (G − ⟨G, W / σ⟩ u vᵀ) / σ, in place. */
  pullBack(gradient: Float32Array, normalized: Float32Array): void {
    for (const { slice, u, v, sigma } of this.#norms) {
      let inner = 0
      for (let i = slice.weight; i < slice.bias; i++) inner += gradient[i] * normalized[i]
      for (let i = 0; i < u.length; i++) {
        for (let j = 0; j < v.length; j++) {
          const at = slice.weight + i * v.length + j
          gradient[at] = (gradient[at] - inner * u[i] * v[j]) / sigma
        }
      }
    }
  }
}

function multiply(w: Float32Array, v: Float64Array, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let j = 0; j < v.length; j++) sum += w[i * v.length + j] * v[j]
    out[i] = sum
  }
  return out
}
