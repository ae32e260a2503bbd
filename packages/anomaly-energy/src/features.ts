/** Feature maps from other runtimes, and what PatchCore and PaDiM do with them before they are fitted. */
import { allocate, checkArray, checkOptions, found, integer, lengthError, typeError } from '@ukernels/runtime'
import { type Batch, shapeOf } from './batch.js'

/** Turns images into feature maps of as many images. */
export type FeatureExtractor = (images: Batch) => Promise<Batch> | Batch

/** The parts of an onnxruntime session (`onnxruntime-node`, `onnxruntime-web`) that are used here. */
export interface OnnxSession {
  readonly inputNames: readonly string[]
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: unknown; dims: readonly number[] }>>
}
/** `ort.Tensor`. */
export type OnnxTensorConstructor = new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown

export interface OnnxOptions {
  /** The session's input; default its first. */
  input?: string
  /** Names of outputs [n, c, h, w]; with several, `concatenateLevels` joins them. */
  outputs: readonly string[]
  /** What the network expects, per channel: (x − mean) / std. Default none. */
  mean?: readonly number[]
  std?: readonly number[]
}

/**
 * Features of an ONNX network. Nothing of onnxruntime is imported here: pass its session and its Tensor class.
 *
 * @throws TypeError when an output isn't f32 of four dimensions
 */
export function fromOnnx(session: OnnxSession, Tensor: OnnxTensorConstructor, options: OnnxOptions): FeatureExtractor {
  const { outputs, mean, std } = options
  if (!Array.isArray(outputs) || outputs.length === 0)
    throw typeError('outputs must be the names of one output or more')
  const input = options.input ?? session.inputNames[0]
  return async (images) => {
    const data = normalized(images, mean, std)
    const results = await session.run({ [input]: new Tensor('float32', data, images.shape) })
    return concatenateLevels(outputs.map((name) => levelOf(name, results[name])))
  }
}

function levelOf(name: string, result: { data: unknown; dims: readonly number[] } | undefined): Batch {
  if (result === undefined) throw typeError(`outputs must name outputs of the network, got ${found(name)}`)
  checkArray(`output ${name}`, result.data, 'Float32Array')
  if (result.dims.length !== 4) throw typeError(`output ${name} must have four dimensions, got ${result.dims.length}`)
  return { data: result.data as Float32Array, shape: result.dims as unknown as Batch['shape'] }
}

function normalized(images: Batch, mean?: readonly number[], std?: readonly number[]): Float32Array {
  if (mean === undefined && std === undefined) return images.data
  const [, c, h, w] = images.shape
  for (const [name, values] of Object.entries({ mean, std }))
    if (values !== undefined && values.length !== c)
      throw lengthError(`${name} must have ${c} numbers, got ${values.length}`)
  return images.data.map((v, i) => {
    const channel = Math.floor(i / (h * w)) % c
    return (v - (mean?.[channel] ?? 0)) / (std?.[channel] ?? 1)
  })
}

/** The parts of a tfjs tensor and of the library that are used here. */
export interface TfTensor {
  readonly shape: readonly number[]
  data(): Promise<Float32Array | Int32Array | Uint8Array>
  dispose(): void
}
export interface TfLibrary {
  tensor(data: Float32Array, shape: number[]): TfTensor
}
export interface TfOptions {
  /** Runs the network on an NHWC tensor; its results are NHWC too, one per level. Disposing of the rest is its business. */
  run: (images: TfTensor) => TfTensor | readonly TfTensor[] | Promise<TfTensor | readonly TfTensor[]>
}

/** Features of a TensorFlow.js network. Nothing of tfjs is imported here: pass `tf` and a function that runs the model. */
export function fromTfjs(tf: TfLibrary, { run }: TfOptions): FeatureExtractor {
  return async (images) => {
    const [n, c, h, w] = images.shape
    const x = tf.tensor(transposed(images.data, n, c, h * w), [n, h, w, c])
    const results = await run(x)
    x.dispose()
    const levels: Batch[] = []
    for (const result of Array.isArray(results) ? (results as readonly TfTensor[]) : [results as TfTensor]) {
      if (result.shape.length !== 4)
        throw typeError(`the network must give four dimensions, got ${result.shape.length}`)
      const [rn, rh, rw, rc] = result.shape
      const data = transposed(Float32Array.from(await result.data()), rn, rh * rw, rc)
      result.dispose()
      levels.push({ data, shape: [rn, rc, rh, rw] })
    }
    return concatenateLevels(levels)
  }
}

/** [n][a][b] to [n][b][a]. */
function transposed(x: Float32Array, n: number, a: number, b: number): Float32Array {
  const out = allocate(Float32Array, x.length)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < a; j++) for (let k = 0; k < b; k++) out[(i * b + k) * a + j] = x[(i * a + j) * b + k]
  return out
}

/** 3 × 3 average of every channel, stride 1, zeros outside, as PatchCore takes it. */
export function averagePool3(x: Batch): Batch {
  const [n, c, h, w] = shapeOf('x', x)
  const data = allocate(Float32Array, x.data.length)
  for (let plane = 0; plane < n * c; plane++) {
    const at = plane * h * w
    for (let y = 0; y < h; y++) {
      for (let u = 0; u < w; u++) {
        let sum = 0
        for (let a = Math.max(0, y - 1); a <= Math.min(h - 1, y + 1); a++)
          for (let b = Math.max(0, u - 1); b <= Math.min(w - 1, u + 1); b++) sum += x.data[at + a * w + b]
        data[at + y * w + u] = sum / 9
      }
    }
  }
  return { data, shape: [n, c, h, w] }
}

/** Levels of one network as channels on the grid of the finest, resampled bilinearly (align_corners = false). */
export function concatenateLevels(levels: readonly Batch[]): Batch {
  if (levels.length === 0) throw lengthError('levels must have at least one element')
  const shapes = levels.map((level, i) => shapeOf(`levels[${i}]`, level))
  const [n] = shapes[0]
  if (shapes.some(([count]) => count !== n)) throw lengthError(`all levels must have ${n} images`)
  if (levels.length === 1) return levels[0]
  const h = Math.max(...shapes.map((shape) => shape[2]))
  const w = Math.max(...shapes.map((shape) => shape[3]))
  const c = shapes.reduce((sum, shape) => sum + shape[1], 0)
  const data = allocate(Float32Array, n * c * h * w)
  let channel = 0
  levels.forEach((level, l) => {
    const [, lc, lh, lw] = shapes[l]
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < lc; k++) {
        const from = level.data.subarray((i * lc + k) * lh * lw, (i * lc + k + 1) * lh * lw)
        stretch(from, lh, lw, data.subarray((i * c + channel + k) * h * w, (i * c + channel + k + 1) * h * w), h, w)
      }
    }
    channel += lc
  })
  return { data, shape: [n, c, h, w] }
}

function stretch(from: Float32Array, h: number, w: number, to: Float32Array, outH: number, outW: number): void {
  const axis = (i: number, m: number, out: number) => {
    const at = Math.max(0, ((i + 0.5) * m) / out - 0.5)
    const low = Math.min(Math.floor(at), m - 1)
    return { low, high: Math.min(low + 1, m - 1), t: at - low }
  }
  for (let y = 0; y < outH; y++) {
    const v = axis(y, h, outH)
    for (let x = 0; x < outW; x++) {
      const u = axis(x, w, outW)
      const line = (row: number) => from[row * w + u.low] * (1 - u.t) + from[row * w + u.high] * u.t
      to[y * outW + x] = line(v.low) * (1 - v.t) + line(v.high) * v.t
    }
  }
}

/** Feature vectors of all locations as rows: [n · h · w][c]. */
export function locationRows(x: Batch): Float32Array {
  const [n, c, h, w] = shapeOf('x', x)
  return transposed(x.data, n, c, h * w)
}

/**
 * These channels of a feature map.
 *
 * @param channels - numbers from 0 to c − 1 in any order, one or more
 * @throws RangeError ERR_UKERNELS_RANGE for a channel that x doesn't have
 */
export function selectChannels(x: Batch, channels: ArrayLike<number>): Batch {
  const [n, c, h, w] = shapeOf('x', x)
  checkOptions(channels, 'channels')
  if (!(channels.length > 0)) throw lengthError(`channels must have at least one number, got ${found(channels.length)}`)
  for (let k = 0; k < channels.length; k++) integer(`channels[${k}]`, channels[k], 0, c - 1)
  const plane = h * w
  const data = allocate(Float32Array, n * channels.length * plane)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < channels.length; k++) {
      const from = (i * c + channels[k]) * plane
      data.set(x.data.subarray(from, from + plane), (i * channels.length + k) * plane)
    }
  }
  return { data, shape: [n, channels.length, h, w] }
}
