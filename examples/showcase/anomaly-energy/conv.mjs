/** The convolutional energy: trained on the left half, judged on the crops of the right half, before and after. */
import { defaultLayers } from '@ukernels/anomaly-energy'
import { bitsOf, share, timed } from './findings.mjs'
import { cropsOf, judge, labelsOf } from './inspect.mjs'
import { leftHalf, loadTexture } from './textures.mjs'

/**
 * @typedef {import('./inspect.mjs').Kernel} Kernel
 * @typedef {{ iteration: number, bytes: Uint8Array }} Saved
 * @typedef {{ iteration: number, energy: number, gL2: number, gradient: number[], local: number[] }} Judged
 */

/** Blur of both maps. */
const SIGMA = 2
/** Without FMA and with it: the bound of the agreement of energies and gradients. */
const TOLERANCE = 1e-5
/** Lines of progress where there is no terminal. */
const LINES = 10

/**
 * @param {Kernel} kernel @param {import('./plan.mjs').Plan} plan @param {import('../lib/worker-lane.mjs').WorkerLane} lane
 * @returns {Promise<{ models: Saved[], seconds: number, threads: number }>} the network as it was drawn, and after training
 */
export async function trainNetwork(kernel, { seed, iterations }, lane) {
  const network = kernel.createConvEnergy(defaultLayers, { channels: 1, seed })
  const trainer = kernel.createTrainer(network, { seed })
  const began = performance.now()
  const images = leftHalf(loadTexture('brick'))
  const each = Math.ceil(iterations / LINES)
  const said = (/** @type {{ ePos: number, eNeg: number }} */ { ePos, eNeg }) =>
    `iteration ${trainer.iteration} of ${iterations}, E of data ${ePos.toFixed(2)}, of chains ${eNeg.toFixed(2)}`
  let stats = { ePos: 0, eNeg: 0 }
  while (trainer.iteration < iterations) {
    const next = Math.min(each, iterations - trainer.iteration)
    await trainer.fit(images, {
      iterations: next,
      onProgress: (progress) => {
        stats = progress.stats
        lane.update(trainer.iteration / iterations, said(stats))
      },
    })
    lane.done(trainer.iteration / iterations, said(stats))
  }
  return {
    models: [
      { iteration: 0, bytes: network.toBytes() },
      { iteration: iterations, bytes: trainer.ema.toBytes() },
    ],
    seconds: (performance.now() - began) / 1000,
    threads: kernel.info().threads,
  }
}

/**
 * @param {Kernel} kernel @param {import('./plan.mjs').Plan} plan @param {Saved[]} models
 * @param {import('../lib/worker-lane.mjs').WorkerLane} lane
 */
export async function scoreNetworks(kernel, plan, models, lane) {
  const protocol = cropsOf(plan)
  const { test, kinds } = protocol
  const y = labelsOf(kinds)
  /** @type {import('./findings.mjs').Finding[]} */
  const findings = []
  /** @type {Judged[]} */
  const judged = []
  for (const [i, { iteration, bytes }] of models.entries()) {
    lane.update(i / models.length, `iteration ${iteration}`)
    const model = /** @type {import('@ukernels/anomaly-energy').ConvEnergy} */ (kernel.fromBytes(bytes))
    const gradient = new Float32Array(test.data.length)
    const energy = new Float32Array(kinds.length)
    const { ms } = await timed(() => model.energyAndGradient(test, { out: { gradient, energy } }), 3)
    const [h, w] = test.shape.slice(2)
    const local = kernel.gaussianBlur(kernel.resizeBilinear(model.localEnergy(test), h, w), SIGMA)
    const magnitude = kernel.gaussianBlur(kernel.reduceChannels({ data: gradient, shape: test.shape }, 'l1'), SIGMA)
    const found = {
      iteration,
      energy: kernel.metrics.auroc(energy, y),
      gL2: kernel.metrics.auroc(model.score(test), y),
      gradient: await judge(kernel, magnitude, protocol),
      local: await judge(kernel, local, protocol),
    }
    judged.push(found)
    findings.push({
      task: `network, iteration ${iteration}: ${kinds.length} crops`,
      result: `AUROC of E ${share(found.energy)}, of ‖∇E‖₂ ${share(found.gL2)}`,
      ms,
      bits: bitsOf([energy, gradient]),
      tolerance: TOLERANCE,
      values: [energy, gradient],
    })
    lane.done((i + 1) / models.length, `iteration ${iteration}: AUROC of ‖∇E‖₂ ${share(found.gL2)}`)
  }
  return { findings, judged }
}
