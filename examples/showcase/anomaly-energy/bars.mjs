/**
 * What is known of these tasks: figures of the same protocols with other software (NumPy's random generator, f64), and how
 * near to them a run must come.
 */
import { share } from './findings.mjs'

/** @typedef {import('../lib/html.mjs').Bar} Bar */

/** Image AUROC, pixel AUROC, AUPRO at 0.3 of |∇E| maps by blur; image AUROC of scores. */
export const brickReference = {
  maps: /** @type {Record<number, number[]>} */ ({
    0: [0.921, 0.733, 0.586],
    2: [0.906, 0.815, 0.712],
    4: [0.889, 0.842, 0.732],
  }),
  scores: /** @type {Record<string, number>} */ ({ E: 0.814, '‖∇E‖₂': 0.863, '‖∇E‖∞': 0.921 }),
  /** Image and pixel AUROC at blur 2. */
  kinds: /** @type {Record<string, number[]>} */ ({
    scratch: [1, 0.99],
    stain: [1, 0.89],
    blur: [0.75, 0.4],
    swap: [0.9, 0.83],
    noise: [1, 1],
    shuffle: [0.78, 0.9],
  }),
}
/** Other random crops and defects: what figures of the wall may differ by. */
const CROPS_TOLERANCE = 0.03

/** AUROC by normal class of Fashion-MNIST; deterministic. */
export const fashionReference = /** @type {Record<string, Record<number, number>>} */ ({
  'FRE 90 %': { 0: 0.8847, 1: 0.9852, 2: 0.879, 4: 0.8761, 6: 0.7954, 7: 0.9866, 9: 0.9789 },
  'FRE 97 %': { 0: 0.8619, 1: 0.9811, 2: 0.87, 4: 0.8589, 6: 0.7525, 7: 0.9858, 9: 0.9787 },
  'DFM-NLL 97 %': { 0: 0.893, 1: 0.982, 2: 0.8831, 4: 0.8766, 6: 0.8219, 7: 0.9751, 9: 0.9645 },
  'PPCA 90 %': { 0: 0.8894, 1: 0.9852, 2: 0.8805, 4: 0.878, 6: 0.8022, 7: 0.9867, 9: 0.9784 },
  Mahalanobis: { 0: 0.8935, 1: 0.9846, 2: 0.8831, 4: 0.8796, 6: 0.7995, 7: 0.9875, 9: 0.9791 },
  '1-NN': { 0: 0.9146, 1: 0.99, 2: 0.8931, 4: 0.9089, 6: 0.8304, 7: 0.9868, 9: 0.9661 },
})
const FASHION_TOLERANCE = 0.0005

/** What training must add to the AUROC of ‖∇E‖₂. */
const TRAINING_GAIN = 0.05

/**
 * @param {import('./plan.mjs').Plan} plan
 * @param {import('./inspect.mjs').Inspection} inspection
 * @param {import('./outliers.mjs').Outliers[]} [outliers]
 * @param {import('./conv.mjs').Judged[]} [judged] before and after training
 * @returns {Bar[]}
 */
export function barsOf({ iterations }, { maps, scores }, outliers, judged) {
  const wall = Math.max(
    ...maps.flatMap(({ sigma, figures }) => figures.map((v, i) => Math.abs(v - brickReference.maps[sigma][i]))),
    ...scores.map(({ how, auroc }) => Math.abs(auroc - brickReference.scores[how])),
  )
  const bars = [
    {
      what: `brick: all figures within ${CROPS_TOLERANCE} of the reference protocol's (other random crops)`,
      value: `${wall.toFixed(3)} at most`,
      ok: wall <= CROPS_TOLERANCE,
    },
  ]
  if (outliers) {
    const apart = Math.max(
      ...outliers.flatMap(({ score, auroc }) =>
        Object.entries(auroc).map(([label, v]) => Math.abs(v - fashionReference[score][Number(label)])),
      ),
    )
    bars.push({
      what: `Fashion-MNIST: every AUROC within ${FASHION_TOLERANCE} of the reference`,
      value: `${apart.toFixed(5)} at most`,
      ok: apart <= FASHION_TOLERANCE,
    })
  }
  if (judged) {
    const [before, after] = judged.map(({ gL2 }) => gL2)
    bars.push({
      what: `network: AUROC of ‖∇E‖₂ at least ${TRAINING_GAIN} better after ${iterations} iterations than before`,
      value: `${share(before)} → ${share(after)}`,
      ok: after - before >= TRAINING_GAIN,
    })
  }
  return bars
}
