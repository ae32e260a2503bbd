/** PatchEnergy on the brick wall: fitted to its left half, asked about crops of the right half with defects drawn in. */
import { defectKinds, textureProtocol } from '@ukernels/anomaly-energy/synthetic'
import { bitsOf, share, timed } from './findings.mjs'
import { leftHalf, loadTexture } from './textures.mjs'

/**
 * @typedef {import('@ukernels/anomaly-energy').AnomalyEnergyKernel} Kernel
 * @typedef {import('@ukernels/anomaly-energy').Batch} Batch
 * @typedef {import('@ukernels/anomaly-energy').PatchEnergy} PatchEnergy
 * @typedef {import('@ukernels/anomaly-energy/synthetic').Protocol} Protocol
 * @typedef {import('./findings.mjs').Finding} Finding
 */

/** Blur of the map that the figure shows and that the kinds of defects are told apart by. */
const SHOWN_SIGMA = 2
/** Rates of false alarms: of pixels in the overlay, of images. */
const PIXEL_RATE = 0.001
export const IMAGE_RATE = 0.01

/** @typedef {{ kind: string, image: Float32Array, mask: Uint8Array, energy: Float32Array, gradient: Float32Array, score: number, p: number }} Crop */

/**
 * @typedef {object} Inspection
 * @property {Finding[]} findings
 * @property {{ sigma: number, figures: [image: number, pixel: number, aupro: number] }[]} maps
 * @property {{ how: string, auroc: number }[]} scores
 * @property {{ kind: string, image: number, pixel: number, found: number }[]} kinds at the shown blur; share found at the image rate
 * @property {Crop[]} crops the first of every kind
 * @property {number} size pixels per side of a crop
 * @property {number} pixelThreshold
 * @property {number} imageThreshold
 * @property {number} falseAlarms share of good crops of the right half above the image threshold
 * @property {{ scores: Float32Array, kinds: string[] }} all every test crop's score
 * @property {{ kappa: Float32Array, taps: number }} filter
 */

/** Crops of both halves. @param {import('./plan.mjs').Plan} plan */
export function cropsOf({ seed, calibration, good, perKind }) {
  const brick = loadTexture('brick')
  const other = loadTexture('gravel')
  return { brick, ...textureProtocol(brick, { seed, other, train: calibration, good, perKind }) }
}

/** @param {Batch} maps one channel @returns {Float32Array} the largest value of each */
const peaks = ({ data, shape: [n] }) =>
  Float32Array.from({ length: n }, (_, i) => {
    const size = data.length / n
    return data.subarray(i * size, (i + 1) * size).reduce((a, b) => Math.max(a, b))
  })

/** @param {Protocol['kinds']} kinds */
export const labelsOf = (kinds) => Uint8Array.from(kinds, (kind) => (kind === 'good' ? 0 : 1))

/**
 * Image AUROC of the largest value, pixel AUROC, AUPRO at 0.3.
 *
 * @param {Kernel} kernel @param {Batch} maps @param {Protocol} protocol
 * @returns {Promise<[number, number, number]>}
 */
export async function judge(kernel, maps, { masks, kinds }) {
  const image = kernel.metrics.auroc(peaks(maps), labelsOf(kinds))
  const pixel = await kernel.metrics.pixelAuroc(maps, masks)
  return [image, pixel, (await kernel.metrics.aupro(maps, masks)).value]
}

/** Σ|g| over channels, blurred. @param {Kernel} kernel @param {PatchEnergy} model @param {Batch} x @param {number} sigma */
const gradientMap = (kernel, model, x, sigma) =>
  kernel.gaussianBlur(kernel.reduceChannels(model.gradient(x), 'l1'), sigma)

/**
 * @param {Kernel} kernel
 * @param {import('./plan.mjs').Plan} plan
 * @param {(share: number, text: string) => void} report
 * @returns {Promise<Inspection>}
 */
export async function inspect(kernel, plan, report) {
  const { brick, ...protocol } = cropsOf(plan)
  report(0.1, 'fitting to the left half')
  const left = leftHalf(brick)
  const fit = await timed(() => kernel.fitPatchEnergy(left), 3)
  const model = fit.value
  const filter = filterOf(model)
  const fitted = {
    task: `fit to ${left.shape[3]} × ${left.shape[2]} pixels of brick`,
    result: `κ(0) ${Math.round(filter.kappa[filter.kappa.length >> 1]).toLocaleString('en-US')}`,
    ms: fit.ms,
    bits: bitsOf([model.kappa, model.mean, model.precision]),
  }
  report(0.3, 'inspecting the right half')
  const scored = await scoreRows(kernel, model, protocol)
  const mapped = await mapRows(kernel, model, protocol, report)
  const calibrated = await calibration(kernel, model, protocol)
  report(0.9, 'the whole wall')
  const whole = await wallRow(kernel, model, brick)
  return {
    findings: [fitted, ...scored.findings, ...mapped.findings, calibrated.finding, whole],
    maps: mapped.maps,
    scores: scored.scores,
    kinds: await kindsOf(kernel, mapped.shown, protocol, scored.all, calibrated.imageThreshold),
    crops: chosenCrops(protocol, mapped, scored.all, calibrated.p),
    size: protocol.test.shape[2],
    pixelThreshold: calibrated.pixelThreshold,
    imageThreshold: calibrated.imageThreshold,
    falseAlarms: above(scored.all, protocol.kinds, 'good', calibrated.imageThreshold),
    all: { scores: scored.all, kinds: protocol.kinds },
    filter,
  }
}

/** @param {PatchEnergy} model */
const filterOf = ({ kappa, patch }) => ({ kappa, taps: 2 * patch - 1 })

/** @param {Kernel} kernel @param {PatchEnergy} model @param {Protocol} protocol */
async function scoreRows(kernel, model, { test, kinds }) {
  const y = labelsOf(kinds)
  const names = /** @type {const} */ ([
    ['energy', 'E'],
    ['gL2', '‖∇E‖₂'],
    ['gMax', '‖∇E‖∞'],
  ])
  const findings = []
  const scores = []
  /** @type {Float32Array} */
  let all
  for (const [how, name] of names) {
    const { ms, value } = await timed(() => model.score(test, how))
    const auroc = kernel.metrics.auroc(value, y)
    scores.push({ how: name, auroc })
    findings.push({
      task: `score ${kinds.length} crops by ${name}`,
      result: `image AUROC ${share(auroc)}`,
      ms,
      bits: bitsOf([value]),
    })
    all = value
  }
  return { findings, scores, all }
}

/**
 * @param {Kernel} kernel @param {PatchEnergy} model @param {Protocol} protocol
 * @param {(share: number, text: string) => void} report
 */
async function mapRows(kernel, model, protocol, report) {
  /** @type {Finding[]} */
  const findings = []
  /** @type {Inspection['maps']} */
  const maps = []
  const row = (
    /** @type {string} */ task,
    /** @type {number[]} */ figures,
    /** @type {number} */ ms,
    /** @type {string} */ bits,
  ) => ({
    task,
    result: `AUROC ${share(figures[0])}, pixel ${share(figures[1])}, PRO ${share(figures[2])}`,
    ms,
    bits,
  })
  /** @type {Batch} */
  let shown
  for (const [i, sigma] of [0, 2, 4].entries()) {
    report(0.4 + 0.1 * i, `gradient maps, blur ${sigma}`)
    const { ms, value } = await timed(() => gradientMap(kernel, model, protocol.test, sigma))
    const figures = await judge(kernel, value, protocol)
    maps.push({ sigma, figures })
    findings.push(row(`their |∇E| maps, blur ${sigma}`, figures, ms, bitsOf([value.data, Float64Array.from(figures)])))
    if (sigma === SHOWN_SIGMA) shown = value
  }
  report(0.7, 'local energies')
  const { ms, value: energy } = await timed(() => model.energyMap(protocol.test), 3)
  const figures = await judge(kernel, energy, protocol)
  const local = row('their local energies', figures, ms, bitsOf([energy.data]))
  const metrics = await timed(() => kernel.metrics.aupro(shown, protocol.masks), 3)
  const { value, regions } = metrics.value
  findings.push({ ...local, tolerance: 1e-5, values: [energy.data] })
  findings.push({
    task: `AUPRO of ${protocol.masks.length.toLocaleString('en-US')} pixels`,
    result: `${share(value)}, ${regions} regions`,
    ms: metrics.ms,
    bits: bitsOf([Float64Array.of(value)]),
  })
  return { findings, maps, shown, energy }
}

/** Thresholds and p-values from the crops of the left half. @param {Kernel} kernel @param {PatchEnergy} model @param {Protocol} protocol */
async function calibration(kernel, model, { train, test }) {
  const { ms, value } = await timed(() => {
    const images = kernel.calibrate(model.score(train))
    return { images, imageThreshold: images.threshold(IMAGE_RATE) }
  }, 3)
  const pixels = kernel.calibrate(gradientMap(kernel, model, train, SHOWN_SIGMA).data)
  const pixelThreshold = pixels.threshold(PIXEL_RATE)
  const p = value.images.pValues(model.score(test))
  const finding = {
    task: `calibrate with ${train.shape[0]} good crops`,
    result: `threshold ${value.imageThreshold.toFixed(1)} for ${100 * IMAGE_RATE} % false alarms`,
    ms,
    bits: bitsOf([Float64Array.of(value.imageThreshold, pixelThreshold), p]),
  }
  return { finding, p, imageThreshold: value.imageThreshold, pixelThreshold }
}

/** @param {Kernel} kernel @param {PatchEnergy} model @param {import('./textures.mjs').Texture} brick */
async function wallRow(kernel, model, { data, width, height }) {
  /** @type {Batch} */
  const wall = { data, shape: [1, 1, height, width] }
  const { ms, value } = await timed(() => gradientMap(kernel, model, wall, SHOWN_SIGMA))
  return { task: `map of the whole wall, ${width} × ${height}`, result: 'a frame', ms, bits: bitsOf([value.data]) }
}

/** @param {Float32Array} scores @param {string[]} kinds @param {string} kind @param {number} threshold @returns {number} share of them */
function above(scores, kinds, kind, threshold) {
  const of = scores.filter((_, i) => kinds[i] === kind)
  return of.filter((score) => score > threshold).length / of.length
}

/** Every kind against the good crops. @param {Kernel} kernel @param {Batch} maps @param {Protocol} protocol @param {Float32Array} scores @param {number} threshold */
async function kindsOf(kernel, maps, { kinds, masks }, scores, threshold) {
  const size = masks.length / kinds.length
  const out = []
  for (const kind of defectKinds) {
    const rows = [...kinds.keys()].filter((i) => kinds[i] === 'good' || kinds[i] === kind)
    const data = new Float32Array(rows.length * size)
    const mask = new Uint8Array(rows.length * size)
    rows.forEach((i, row) => {
      data.set(maps.data.subarray(i * size, (i + 1) * size), row * size)
      mask.set(masks.subarray(i * size, (i + 1) * size), row * size)
    })
    /** @type {Batch} */
    const part = { data, shape: [rows.length, 1, maps.shape[2], maps.shape[3]] }
    const image = kernel.metrics.auroc(peaks(part), labelsOf(rows.map((i) => kinds[i])))
    const pixel = await kernel.metrics.pixelAuroc(part, mask)
    out.push({ kind, image, pixel, found: above(scores, kinds, kind, threshold) })
  }
  return out
}

/** The first of every kind. @param {Protocol} protocol @param {{ shown: Batch, energy: Batch }} maps @param {Float32Array} scores @param {Float64Array} p @returns {Crop[]} */
function chosenCrops({ test, masks, kinds }, { shown, energy }, scores, p) {
  const size = masks.length / kinds.length
  return defectKinds.map((kind) => {
    const i = kinds.indexOf(kind)
    const of = (/** @type {Float32Array} */ data) => data.slice(i * size, (i + 1) * size)
    const mask = masks.slice(i * size, (i + 1) * size)
    return {
      kind,
      image: of(test.data),
      mask,
      energy: of(energy.data),
      gradient: of(shown.data),
      score: scores[i],
      p: p[i],
    }
  })
}
