/** The part's section of the HTML report. */
import { barList, figure, missingNote, tiles } from '../lib/html.mjs'
import { escapeHtml } from '../lib/svg.mjs'
import { tableHtml } from '../lib/table.mjs'
import { brickReference, fashionReference } from './bars.mjs'
import { defectPictures, filterPicture } from './figures.mjs'
import { share } from './findings.mjs'
import { IMAGE_RATE } from './inspect.mjs'
import { scoreDots } from './pictures/scores.mjs'

/**
 * @typedef {object} Findings
 * @property {import('./inspect.mjs').Kernel} kernel
 * @property {import('./plan.mjs').Plan} plan
 * @property {import('@ukernels/runtime').KernelInfo[]} infos by backend
 * @property {import('./inspect.mjs').Inspection} inspection
 * @property {import('./outliers.mjs').Outliers[]} [outliers]
 * @property {{ judged: import('./conv.mjs').Judged[], seconds: number, threads: number, backend: string }} [network]
 * @property {import('../lib/table.mjs').Table} table
 * @property {import('../lib/html.mjs').Bar[]} bars
 * @property {string} missing why there is no native backend, or empty
 * @property {string} skipped why there is no Fashion-MNIST, or empty
 */

const right = /** @type {const} */ ('right')

/** @param {Findings} findings */
export function section(findings) {
  const { kernel, inspection, outliers, network, table, bars, missing, skipped } = findings
  const escaped = { ...table, rows: table.rows.map((row) => row.map(escapeHtml)) }
  return `<section id="anomaly-energy">
<p class="kicker">anomaly-energy</p>
<h1>What is wrong with this wall</h1>
${lead(findings)}
${tiles(headlines(findings))}
${missingNote(missing)}
<h2>Six kinds of defects</h2>
${defects(kernel, inspection)}
${learned(inspection)}
<h2>Scores and alarms</h2>
${alarms(inspection, findings.plan)}
<h2>The runs</h2>
${tableHtml(escaped)}
${barList(bars)}
<h2>How good the maps are</h2>
${quality(inspection)}
${network ? trained(network, findings.plan) : ''}
<h2>Clothes</h2>
${outliers ? clothes(outliers, findings.plan) : `<p class="note">Skipped: ${escapeHtml(skipped || 'not in this plan')}.</p>`}
</section>`
}

/** @param {Findings} findings */
function lead({ infos, plan }) {
  const on = infos.map(({ backend, isa }) => `<b>${backend}</b> (${isa})`).join(' and ')
  return `<p class="lead">A Gaussian energy over all 7 × 7 patches is fitted to the left half of a photograph of bricks, in closed
form and without any pretrained weights. Then it is asked about ${plan.good + 6 * plan.perKind} crops of the right half, ${plan.good} of
them good, the others with one of six kinds of defects drawn in. The gradient of the energy shows where. On ${on}.</p>`
}

/** @param {Findings} findings */
function headlines({ inspection, infos, table, plan }) {
  const fit = inspection.findings[0]
  const best = inspection.scores.at(-1)
  const wall = inspection.findings.at(-1)
  const exact = table.rows.filter((row) => row.at(-1) === 'same bits').length
  return [
    [`${fit.ms.toFixed(0)} ms`, 'to learn the wall', `31,625 patches, one thread, ${infos[0].backend}`],
    [
      share(best.auroc),
      'image AUROC',
      `of ${best.how}; ${share(brickReference.scores[best.how])} in the reference protocol`,
    ],
    [`${wall.ms.toFixed(1)} ms`, 'for a map of 512 × 512 pixels', `${Math.round(1000 / wall.ms)} pictures a second`],
    infos.length > 1
      ? [
          `${exact} of ${table.rows.length}`,
          'rows with the same bits',
          'on native and wasm; the others within the bound that the table gives',
        ]
      : ['one backend', infos[0].backend, `nothing to compare with; seed ${plan.seed}`],
  ]
}

const ROWS = /** @type {const} */ ([
  ['image', 'crop'],
  ['mask', 'what was drawn'],
  ['energy', 'local energy'],
  ['gradient', 'gradient map'],
  ['overlay', 'above 0.1 %'],
])

/** @param {import('./inspect.mjs').Kernel} kernel @param {import('./inspect.mjs').Inspection} inspection */
function defects(kernel, inspection) {
  const pictures = defectPictures(kernel, inspection)
  const { size } = inspection
  const head = pictures.map(({ kind }) => `<b>${kind}</b>`).join('')
  const body = ROWS.map(
    ([row, name]) =>
      `<span>${name}</span>${pictures
        .map((of) => `<img src="${of[row]}" alt="${name}, ${of.kind}" width="${size}" height="${size}">`)
        .join('')}`,
  ).join('\n')
  const foot = pictures
    .map(
      ({ score, p }) =>
        `<small>score <b>${Math.round(score).toLocaleString('en-US')}</b><br>p = ${p.toFixed(3)}</small>`,
    )
    .join('')
  return `<figure><div class="defects" style="--columns:${pictures.length}"><span></span>${head}
${body}
<span></span>${foot}</div>
<figcaption>The first crop of every kind. Maps have one logarithmic scale a row, black is the median. The last row: red where the
gradient map is above the threshold for a false-alarm rate of 0.1 % of good pixels, cyan the border of what was drawn. A blurred patch
has less energy than the wall itself: a threshold from above is the wrong question for it.</figcaption></figure>`
}

/** @param {import('./inspect.mjs').Inspection} inspection */
function learned({ filter }) {
  const { kappa, taps } = filter
  const sum = kappa.reduce((a, b) => a + b, 0)
  const center = kappa[kappa.length >> 1]
  const picture = `<img class="filter" src="${filterPicture(filter)}" alt="the learned filter" width="${taps}" height="${taps}">`
  return `<div class="pair">${figure(
    `All that was learned: one filter of ${taps} × ${taps}`,
    picture,
    'κ, red above zero, blue below, a step deeper for every power of two.',
  )}
<div><p>Away from the border the gradient of the energy is one convolution of the picture with this filter, plus a constant. It takes the
wall apart with a center of ${Math.round(center).toLocaleString('en-US')}, while all of its values add up to ${sum.toFixed(0)}: what is
as bricks are cancels, what isn't stays.</p>
<p class="note">The wall and the gravel that swapped patches come from are CC0. Random crops and defects are Philox's, so figures are near the
reference protocol's (drawn by NumPy) but not the same.</p></div></div>`
}

/** @param {import('./inspect.mjs').Inspection} inspection @param {import('./plan.mjs').Plan} plan */
function alarms({ all, imageThreshold, kinds, falseAlarms }, { calibration, good }) {
  const shares = [{ kind: 'good', found: falseAlarms }, ...kinds]
  return figure(
    '',
    scoreDots(all, imageThreshold, shares),
    `Every dot is a crop of the right half. The threshold is for ${100 * IMAGE_RATE} % false alarms, from ${calibration} good crops of the left half, the half that was
learned; ${(100 * falseAlarms).toFixed(0)} % of ${good} good crops of the right half are above it.`,
  )
}

/** @param {number | undefined} value */
const reference = (value) => (value === undefined ? '' : ` <small>(${share(value)})</small>`)

/** @param {import('./inspect.mjs').Inspection} inspection */
function quality({ maps, scores, kinds }) {
  const byMap = tableHtml({
    columns: ['map', 'image AUROC', 'pixel AUROC', 'AUPRO@0.3'].map((title, i) => ({
      title,
      align: i ? right : undefined,
    })),
    rows: maps.map(({ sigma, figures }) => [
      `|∇E|, blur ${sigma}`,
      ...figures.map((value, i) => share(value) + reference(brickReference.maps[sigma][i])),
    ]),
  })
  const byScore = tableHtml({
    columns: [{ title: 'score' }, { title: 'image AUROC', align: right }],
    rows: scores.map(({ how, auroc }) => [how, share(auroc) + reference(brickReference.scores[how])]),
  })
  const byKind = tableHtml({
    columns: ['kind', 'image AUROC', 'pixel AUROC'].map((title, i) => ({ title, align: i ? right : undefined })),
    rows: kinds.map(({ kind, image, pixel }) => [
      kind,
      share(image, 2) + reference(brickReference.kinds[kind][0]),
      share(pixel, 2) + reference(brickReference.kinds[kind][1]),
    ]),
  })
  return `<p>In brackets: the reference protocol's, with the same wall and other random crops.</p>
<div class="pair"><div>${byMap}${byScore}</div><div>${byKind}<p class="note">By kind against the good crops, |∇E| at blur 2.</p></div></div>`
}

/** @param {Findings['network']} network @param {import('./plan.mjs').Plan} plan */
function trained({ judged, seconds, threads, backend }, { iterations }) {
  const table = tableHtml({
    columns: ['iteration', 'E', '‖∇E‖₂', '|∇E|: pixel', 'AUPRO', 'local energy: pixel', 'AUPRO'].map((title) => ({
      title,
      align: right,
    })),
    rows: judged.map(({ iteration, energy, gL2, gradient, local }) => [
      String(iteration),
      ...[energy, gL2, gradient[1], gradient[2], local[1], local[2]].map((value) => share(value)),
    ]),
  })
  return `<h2>A network learns the same wall</h2>
<p>A convolutional energy of 68,569 parameters, trained by contrastive divergence for ${iterations} iterations in ${seconds.toFixed(0)} s (${backend}, threads: ${threads}).
An untrained network is no zero: its row comes first. These are figures of one seed: the direction in which the energy drifts differs
from seed to seed, in plain PyTorch too, and decides the pixel AUROC of the local energy.</p>${table}`
}

/** @param {import('./outliers.mjs').Outliers[]} outliers @param {import('./plan.mjs').Plan} plan */
function clothes(outliers, { classes }) {
  const rows = outliers.map(({ score, auroc, k }) => [
    score,
    ...classes.map((label) => {
      const kept = k[label] === undefined ? '' : ` <small>k = ${k[label]}</small>`
      return `${share(auroc[label], 4)}${kept}${reference4(fashionReference[score][label])}`
    }),
  ])
  const columns = [{ title: 'score' }, ...classes.map((label) => ({ title: `class ${label}`, align: right }))]
  return `<p>Fashion-MNIST: the 6,000 training pictures of one class are normal, pixels as features; AUROC over the 10,000 test pictures,
reference in brackets.</p>${tableHtml({ columns, rows })}`
}

/** @param {number} value */
const reference4 = (value) => ` <small>(${share(value, 4)})</small>`
