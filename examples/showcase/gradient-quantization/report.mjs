/** The part's section of the HTML report. */
import { barList, figure, missingNote, tiles } from '../lib/html.mjs'
import { escapeHtml } from '../lib/svg.mjs'
import { tableHtml } from '../lib/table.mjs'
import { heatMaps, histograms, sweep } from './figures.mjs'
import { accuracyCurves } from './pictures/curves.mjs'
import { sparsityByStep, sparsitySweep } from './pictures/sparsity.mjs'
import { speedBars } from './pictures/speed.mjs'
import { percent, tableOf } from './table.mjs'

/**
 * @typedef {object} Findings
 * @property {import('./variants.mjs').Kernel} kernel
 * @property {import('./plan.mjs').Plan} plan
 * @property {Partial<Record<import('./train.mjs').BackendName, import('./train.mjs').Trained>>} trained
 * @property {import('./summary.mjs').Summary[]} summaries
 * @property {import('../lib/html.mjs').Bar[]} bars
 * @property {string} missing why there is no native backend, or empty
 */

/** @param {Findings} findings */
export function section(findings) {
  const { kernel, plan, trained, summaries } = findings
  const backends = /** @type {import('./train.mjs').BackendName[]} */ (Object.keys(trained))
  const snapshots = trained[backends[0]].runs.find(({ variant }) => variant === 'fp32').snapshots
  const lastStep = Math.max(...snapshots.map(({ step }) => step))
  const last = snapshots.filter(({ step }) => step === lastStep)
  const shown = last.find(({ layer }) => layer === 2) ?? last[0]
  const where = `layer ${shown.layer}, step ${shown.step}`
  return `<section id="gradient-quantization">
<p class="kicker">gradient-quantization</p>
<h1>What your gradient keeps</h1>
${lead(findings, backends)}
${tiles(headlines(findings, backends))}
${missingNote(findings.missing)}
<h2>The runs</h2>
${tableHtml(tableOf(summaries, backends))}
${barList(findings.bars)}
${figure('Accuracy', accuracyCurves(curvesOf(summaries), plan.setup.epochs, curveDomain(summaries)), `Share of the ${plan.setup.test.toLocaleString('en-US')} test digits that are recognized, as training goes on.`)}
<h2>A gradient is near-lognormal, and a format is a ruler for it</h2>
<p>The bars are the base-2 logarithms of the non-zero magnitudes of one gradient (${where} of the FP32 run), the line is the
normal with the same mean and deviation, the ticks below are the values that the format can hold at its scale. Red is
beyond the largest, violet below half the smallest. The errors are predicted from the two
numbers of the line alone, the cosine from these and the largest magnitude.</p>
<div class="pair">${histograms(kernel, shown)
    .map((picture) => figure('', picture))
    .join('')}</div>
${distribution(snapshots, plan)}
<h2>Before, after, and what is lost</h2>
${heat(heatMaps(kernel, shown), shown, where)}
${sparsitySection(findings, last)}
${speedSection(summaries, backends)}
</section>`
}

/** @param {Findings} findings @param {import('./train.mjs').BackendName[]} backends */
function lead({ plan, trained }, backends) {
  const { sizes, epochs, train, batch } = plan.setup
  const on = backends.map((backend) => `<b>${backend}</b> (${trained[backend].info.isa})`).join(' and ')
  return `<p class="lead">A network of ${sizes.join('–')} units learns ${train.toLocaleString('en-US')} handwritten digits for
${epochs} epochs in batches of ${batch}, in plain JavaScript. At every step the gradient at the output of each hidden layer
is packed by the kernel and unpacked again; the layer and all layers below learn from what is left. On ${on}${
    plan.seeds.length > 1 ? `, with ${plan.seeds.length} seeds each` : ''
  }.</p>`
}

/** @param {Findings} findings @param {import('./train.mjs').BackendName[]} backends */
function headlines({ summaries, plan }, backends) {
  const of = (/** @type {string} */ id) => summaries.find(({ variant }) => variant.id === id)
  const fp32 = of('fp32').accuracy
  const against = (/** @type {string} */ id) => {
    const points = 100 * (of(id).accuracy - fp32)
    return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)} points against FP32`
  }
  const { sparsity, bitsPerElement } = of('prune-90')
  const agree = summaries.every(({ agrees }) => agrees)
  const gradients = summaries.filter(({ variant }) => variant.quantizer).length
  return [
    [`${percent(of('fp8-headroom-3').accuracy)}`, 'with FP8 gradients', against('fp8-headroom-3')],
    [`${percent(of('luq').accuracy)}`, 'with 4-bit LUQ gradients', against('luq')],
    [
      `${percent(sparsity.mean, 1)} zeros`,
      'requested: 90 %',
      `sd ${(100 * sparsity.sd).toFixed(2)} % over all layers and steps, ${bitsPerElement.toFixed(2)} bits per element`,
    ],
    backends.length > 1
      ? [
          agree ? 'same bits' : 'DIFFERENT bits',
          backends.join(' and '),
          `all packed gradients and all weights of ${gradients * plan.seeds.length} trainings`,
        ]
      : ['one backend', backends[0], 'nothing to compare with'],
  ]
}

/** @param {number} value an integer */
const minus = (value) => String(value).replace('-', '−')

/** @param {import('./summary.mjs').Summary[]} summaries */
const curvesOf = (summaries) => summaries.map(({ variant: { id, name }, curve }) => ({ id, name, curve }))

/**
 * From a little below the accuracies at the end of the first epoch, so that the lines can be told apart.
 *
 * @param {import('./summary.mjs').Summary[]} summaries
 * @returns {[number, number]}
 */
function curveDomain(summaries) {
  const later = summaries.flatMap(({ curve }) =>
    curve.filter(({ epoch }) => epoch >= 0.9).map(({ accuracy }) => accuracy),
  )
  const low = Math.min(...later.filter((accuracy) => accuracy > 0.5))
  return [Math.floor(low * 50 - 0.5) / 50, Math.ceil(Math.max(...later) * 50 + 0.1) / 50]
}

/** @param {import('./snapshots.mjs').Snapshot[]} snapshots @param {import('./plan.mjs').Plan} plan */
function distribution(snapshots, { setup }) {
  const layers = setup.sizes.slice(1, -1).map((_, i) => i + 1)
  const steps = [...new Set(snapshots.map(({ step }) => step))]
  const rows = steps.map((step) => {
    const at = snapshots.filter((snapshot) => snapshot.step === step)
    const cells = layers.flatMap((layer) => {
      const { sigmaLog2, zeroFraction, ks } = at.find((snapshot) => snapshot.layer === layer)
      return [sigmaLog2.toFixed(2), percent(zeroFraction, 0), ks.toFixed(3)]
    })
    return [at[0].epoch.toFixed(at[0].epoch % 1 ? 2 : 0), ...cells]
  })
  const columns = [
    { title: 'epoch', align: /** @type {const} */ ('right') },
    ...layers.flatMap((layer) =>
      [`layer ${layer}: σ₂`, 'zeros', 'D'].map((title) => ({ title, align: /** @type {const} */ ('right') })),
    ),
  ]
  return `<h3>How the distribution moves</h3>${tableHtml({ columns, rows })}
<p class="note">σ₂: standard deviation of log2|gradient|. D: Kolmogorov–Smirnov distance to the fitted normal; 0 is a perfect fit.</p>`
}

/** @param {import('./figures.mjs').HeatMaps} maps @param {import('./snapshots.mjs').Snapshot} shown @param {string} where */
function heat({ before, variants, legend, domain }, { rows, columns }, where) {
  const image = (/** @type {string} */ uri, /** @type {string} */ alt) =>
    `<img src="${uri}" alt="${escapeHtml(alt)}" width="${columns}" height="${rows}">`
  const cell = (/** @type {string} */ uri, /** @type {string} */ title, /** @type {string} */ more) =>
    `<figure class="heat">${image(uri, `${title}, ${more}`)}<figcaption><b>${title}</b> ${more}</figcaption></figure>`
  return `<p>The same gradient (${where}) as a picture: ${rows} digits of the batch down, ${columns} units across; red is positive, blue
negative, every power of two a step deeper, white exactly zero. Errors have the same colors.</p>
<div class="heats" style="--columns:${variants.length + 1}">
${cell(before, 'before', '32 bits per element')}
${variants.map(({ name, bitsPerElement, after }) => cell(after, name, `${bitsPerElement.toFixed(2)} bits per element`)).join('\n')}
<figure class="heat legend"><img src="${legend}" alt="color scale" width="257" height="1"><figcaption><span>−2<sup>${minus(domain[1])}</sup></span><span>0</span><span>2<sup>${minus(domain[1])}</sup></span></figcaption></figure>
${variants.map(({ name, error }) => cell(error, 'error', `of ${name}`)).join('\n')}
</div>`
}

/** @param {Findings} findings @param {import('./snapshots.mjs').Snapshot[]} last */
function sparsitySection({ kernel, plan, summaries }, last) {
  const pruned = summaries.filter(({ sparsity }) => sparsity)
  const layers = plan.setup.sizes.slice(1, -1).map((_, i) => `<span class="key layer-${i + 1}">layer ${i + 1}</span>`)
  return `<h2>Sparsity, as requested</h2>
<p>Two measured numbers and a closed form give the threshold, at every step anew and without feedback. ${layers.join(' ')}</p>
<div class="pair">
${pruned
  .map(({ variant, sparsity }) =>
    figure(
      `Achieved when ${percent(variant.sparsity, 0)} are requested`,
      sparsityByStep(sparsity.points, variant.sparsity, plan.setup.epochs),
      `Every dot is one gradient. Mean ${percent(sparsity.mean)}, standard deviation ${(100 * sparsity.sd).toFixed(2)} %; the band is ± 1 %.`,
    ),
  )
  .join('')}
${figure('Requested and achieved', sparsitySweep(sweep(kernel, last)), 'The gradients of the last step, pruned at every sparsity above the zeros they already have.')}
</div>`
}

/** @param {import('./summary.mjs').Summary[]} summaries @param {import('./train.mjs').BackendName[]} backends */
function speedSection(summaries, backends) {
  const rows = summaries
    .filter(({ variant }) => variant.quantizer)
    .map(({ variant, quantizeMs }) => ({
      name: variant.name,
      times: backends.map((backend) => ({ backend, ms: quantizeMs[backend] })),
    }))
  return `<h2>What it costs</h2>
${figure('', speedBars(rows), 'Statistics, scale, packing and unpacking of all hidden layers; median over the steps, one thread, while the other backend trains on the other core.')}`
}
