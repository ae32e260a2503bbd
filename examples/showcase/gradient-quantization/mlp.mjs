import { exp } from './exp.mjs'
import { multiply, rowMajor, transposed } from './matrix.mjs'
import { normals } from './random.mjs'

const LEARNING_RATE = 0.1
const MOMENTUM = 0.9

/**
 * Called with the gradient ∂L/∂(output of hidden layer `layer`) of a batch, after the ReLU mask; what it leaves in
 * the array is what the weights and the layer below learn from.
 *
 * @callback OnGradient
 * @param {Float32Array} gradient rows × units of the layer, row-major
 * @param {number} layer 1 is the first hidden layer
 * @returns {void}
 */

/** One fully connected layer with its momentum. Weights are inputs × outputs. */
class Layer {
  /** @param {number} inputs @param {number} outputs @param {number} seed @param {number} index */
  constructor(inputs, outputs, seed, index) {
    this.inputs = inputs
    this.outputs = outputs
    // He initialization: variance 2 / inputs keeps the size of the signal through ReLU layers.
    this.weights = normals(inputs * outputs, Math.sqrt(2 / inputs), seed, index)
    this.biases = new Float32Array(outputs)
    this.weightGradient = new Float32Array(inputs * outputs)
    this.biasGradient = new Float32Array(outputs)
    this.weightVelocity = new Float32Array(inputs * outputs)
    this.biasVelocity = new Float32Array(outputs)
  }
}

/** A multilayer perceptron with ReLU and softmax cross-entropy, trained by SGD with momentum, in f32 and bit-exact. */
export class Mlp {
  /** @param {readonly number[]} sizes units of every layer, input and output included @param {number} seed */
  constructor(sizes, seed) {
    this.sizes = sizes
    this.layers = sizes.slice(1).map((outputs, i) => new Layer(sizes[i], outputs, seed, i))
    /** @type {Float32Array[]} */
    this.activations = []
    /** @type {Float32Array[]} */
    this.gradients = []
  }

  /**
   * Space for a batch of `rows`.
   *
   * @param {number} rows
   */
  #reserve(rows) {
    if ((this.activations[0]?.length ?? 0) >= rows * this.sizes[0]) return
    this.activations = this.sizes.map((units) => new Float32Array(rows * units))
    this.gradients = this.sizes.map((units) => new Float32Array(rows * units))
  }

  /**
   * Fills `activations`; the last one holds the logits.
   *
   * @param {Float32Array} images of all samples
   * @param {Uint32Array} batch indices of the samples to take
   */
  #forward(images, batch) {
    this.#reserve(batch.length)
    const [input] = this.activations
    const pixels = this.sizes[0]
    batch.forEach((sample, row) => {
      input.set(images.subarray(sample * pixels, (sample + 1) * pixels), row * pixels)
    })
    this.layers.forEach(({ inputs, outputs, weights, biases }, l) => {
      const y = this.activations[l + 1]
      multiply(y, batch.length, outputs, inputs, rowMajor(this.activations[l], inputs), rowMajor(weights, outputs))
      addBiases(y, batch.length, biases, l + 1 < this.layers.length)
    })
  }

  /**
   * One step of gradient descent on the mean cross-entropy of a batch.
   *
   * @param {Float32Array} images @param {Uint8Array} labels @param {Uint32Array} batch
   * @param {OnGradient} onGradient
   */
  step(images, labels, batch, onGradient) {
    const rows = batch.length
    this.#forward(images, batch)
    lossGradient(this.gradients.at(-1), this.activations.at(-1), this.sizes.at(-1), labels, batch)
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, weights, weightGradient, biasGradient } = this.layers[l]
      const above = this.gradients[l + 1]
      const input = this.activations[l]
      multiply(weightGradient, inputs, outputs, rows, transposed(rowMajor(input, inputs)), rowMajor(above, outputs))
      sumRows(biasGradient, above, rows)
      if (l === 0) break
      const gradient = this.gradients[l].subarray(0, rows * inputs)
      multiply(gradient, rows, inputs, outputs, rowMajor(above, outputs), transposed(rowMajor(weights, outputs)))
      for (let i = 0; i < gradient.length; i++) if (input[i] <= 0) gradient[i] = 0
      onGradient(gradient, l)
    }
    for (const layer of this.layers) {
      descend(layer.weights, layer.weightVelocity, layer.weightGradient)
      descend(layer.biases, layer.biasVelocity, layer.biasGradient)
    }
  }

  /**
   * Share of the samples whose largest logit is at their label.
   *
   * @param {Float32Array} images @param {Uint8Array} labels @param {Uint32Array} samples
   */
  accuracy(images, labels, samples) {
    const classes = this.sizes.at(-1)
    let right = 0
    for (let from = 0; from < samples.length; from += 128) {
      const batch = samples.subarray(from, from + 128)
      this.#forward(images, batch)
      const logits = this.activations.at(-1)
      batch.forEach((sample, row) => {
        if (largest(logits, row * classes, classes) === labels[sample]) right++
      })
    }
    return right / samples.length
  }
}

/** @param {Float32Array} y @param {number} rows @param {Float32Array} biases @param {boolean} relu */
function addBiases(y, rows, biases, relu) {
  const units = biases.length
  for (let row = 0; row < rows; row++) {
    for (let j = 0, at = row * units; j < units; j++, at++) {
      const sum = y[at] + biases[j]
      y[at] = relu && sum < 0 ? 0 : sum
    }
  }
}

/**
 * (softmax(logits) − one-hot(label)) / rows, the gradient of the mean cross-entropy.
 *
 * @param {Float32Array} gradient @param {Float32Array} logits @param {number} classes
 * @param {Uint8Array} labels @param {Uint32Array} batch
 */
function lossGradient(gradient, logits, classes, labels, batch) {
  const powers = new Float64Array(classes)
  batch.forEach((sample, row) => {
    const first = row * classes
    const top = logits[first + largest(logits, first, classes)]
    let sum = 0
    for (let j = 0; j < classes; j++) sum += powers[j] = exp(logits[first + j] - top)
    for (let j = 0; j < classes; j++) {
      gradient[first + j] = (powers[j] / sum - (labels[sample] === j ? 1 : 0)) / batch.length
    }
  })
}

/** @param {Float32Array} sums @param {Float32Array} matrix @param {number} rows */
function sumRows(sums, matrix, rows) {
  for (let j = 0; j < sums.length; j++) {
    let sum = 0
    for (let row = 0; row < rows; row++) sum += matrix[row * sums.length + j]
    sums[j] = sum
  }
}

/**
 * v ← .9 v + g, w ← w − .1 v
 *
 * @param {Float32Array} weights
 * @param {Float32Array} velocity
 * @param {Float32Array} gradient
 */
function descend(weights, velocity, gradient) {
  for (let i = 0; i < weights.length; i++) {
    const v = Math.fround(MOMENTUM * velocity[i] + gradient[i])
    velocity[i] = v
    weights[i] -= LEARNING_RATE * v
  }
}

/**
 * Position of the first largest of `count` values, relative to `first`.
 *
 * @param {Float32Array} values
 * @param {number} first
 * @param {number} count
 */
function largest(values, first, count) {
  let best = 0
  for (let j = 1; j < count; j++) if (values[first + j] > values[first + best]) best = j
  return best
}
