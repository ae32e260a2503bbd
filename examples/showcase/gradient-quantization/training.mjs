import { permutation } from './random.mjs'

/**
 * @typedef {object} Setup
 * @property {number[]} sizes units of every layer
 * @property {number} epochs
 * @property {number} batch samples per step
 * @property {number} train digits to learn from
 * @property {number} test other digits to measure accuracy on
 * @property {number} [evaluateEvery] steps between two measurements; by default half an epoch, shorter in the beginning
 */

/**
 * What one step tells: `accuracy` on the test set where it was measured.
 * @typedef {{ step: number, steps: number, epoch: number, accuracy?: number }} Progress
 */

/**
 * Trains a network, one step per `next()`.
 *
 * @param {import('./mlp.mjs').Mlp} network of `setup.sizes`
 * @param {import('./digits.mjs').Digits} digits
 * @param {Setup} setup
 * @param {number} seed
 * @param {(gradient: Float32Array, layer: number, step: number) => void} onGradient see `OnGradient`
 * @returns {Generator<Progress, void, void>}
 */
export function* training(
  network,
  { images, labels },
  { epochs, batch, train, test, evaluateEvery },
  seed,
  onGradient,
) {
  const order = permutation(labels.length, seed, 0)
  const tests = order.subarray(train, train + test)
  const stepsPerEpoch = Math.ceil(train / batch)
  const steps = epochs * stepsPerEpoch
  let samples = order.subarray(0, train)
  const evaluateAt = evaluations(stepsPerEpoch, steps, evaluateEvery)

  yield { step: 0, steps, epoch: 0, accuracy: network.accuracy(images, labels, tests) }
  for (let step = 0; step < steps; step++) {
    const epoch = Math.floor(step / stepsPerEpoch)
    const from = (step % stepsPerEpoch) * batch
    if (from === 0) samples = permutation(train, seed, 1 + epoch).map((i) => order[i])
    network.step(images, labels, samples.subarray(from, from + batch), (gradient, layer) =>
      onGradient(gradient, layer, step),
    )
    const done = step + 1
    const accuracy = evaluateAt.has(done) ? network.accuracy(images, labels, tests) : undefined
    yield { step: done, steps, epoch: done / stepsPerEpoch, accuracy }
  }
}

/**
 * The steps after which accuracy is measured.
 *
 * @param {number} stepsPerEpoch
 * @param {number} steps
 * @param {number} [every]
 */
function evaluations(stepsPerEpoch, steps, every) {
  const at = new Set([steps])
  if (every !== undefined) {
    for (let step = every; step < steps; step += every) at.add(step)
    return at
  }
  // Accuracy changes fast in the beginning.
  for (const step of [5, 15]) if (step < stepsPerEpoch / 2) at.add(step)
  for (let half = 1; half < (2 * steps) / stepsPerEpoch; half++) at.add(Math.round((half * stepsPerEpoch) / 2))
  return at
}
