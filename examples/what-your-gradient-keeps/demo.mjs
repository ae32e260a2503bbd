/** The page: loads kernel and digits, lets the networks learn, redraws while they do. */
import { bestFormat, finite, load } from '@ukernels/gradient-quantization'
import { enroll, enrollYours, setup } from './classroom.mjs'
import { byId, showCurves, showFormat, showSparsity } from './views.mjs'

const DIGITS = 10_000
/** Time and steps that the networks may take before the page gets its turn. */
const SLICE_MS = 12
const SLICE_STEPS = 2
const REDRAW_MS = 200

/** @returns {Promise<import('../showcase/gradient-quantization/digits.mjs').Digits>} */
async function fetchDigits() {
  const bytes = new Uint8Array(await (await fetch('/digits.bin')).arrayBuffer())
  return {
    labels: bytes.slice(0, DIGITS),
    images: Float32Array.from(bytes.subarray(DIGITS), (value) => value / 255),
  }
}

const [kernel, digits] = await Promise.all([load({ backend: 'wasm' }), fetchDigits()])

/** The last full batch's gradients of the FP32 network, by layer. */
/** @type {Map<number, Float32Array>} */
const gradients = new Map()
const keep = (/** @type {Float32Array} */ gradient, /** @type {number} */ layer) => {
  if (gradient.length === setup.batch * setup.sizes[layer]) gradients.set(layer, gradient.slice())
}

const slider = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id))
const value = (/** @type {string} */ id) => Number(slider(id).value)

let pupils = enroll(kernel, digits, keep)
let yours = enrollYours(kernel, digits, chosenFormat(), value('headroom'))
let paused = false
let drawn = 0

function chosenFormat() {
  const bits = value('bits')
  const exponent = Math.min(value('exponent'), bits - 1)
  return finite(exponent, bits - 1 - exponent)
}

function draw() {
  drawn = performance.now()
  const layer = value('layer')
  const gradient = gradients.get(layer)
  if (gradient) {
    showFormat(kernel, gradient, setup.sizes[layer], chosenFormat(), value('headroom'))
    showSparsity(kernel, gradient, value('sparsity') / 100)
  }
  showCurves([...pupils, yours], setup.epochs)
  for (const id of ['bits', 'exponent', 'headroom', 'sparsity']) {
    const input = slider(id)
    const label = id === 'exponent' ? `${chosenFormat().expBits} of ${value('bits')}` : input.value
    input.nextElementSibling.textContent = id === 'sparsity' ? `${label} %` : label
  }
  const running = paused ? 'paused' : pupils.every(({ done }) => done) && yours.done ? 'done' : 'learning'
  byId('status').textContent =
    `${pupils.length + 1} networks of ${setup.sizes.join('–')} units on ${setup.train.toLocaleString('en-US')} digits, ${running}; ` +
    `the gradients go through WebAssembly (${kernel.info().isa}). Yours: ${chosenFormat().name}.`
  document.body.dataset.state = running
  document.body.dataset.points = String(pupils[0].curve.length)
}

/** The formats are compared on the same data from the start, so a new choice starts anew. */
function chooseFormat() {
  slider('exponent').max = String(value('bits') - 1)
  yours = enrollYours(kernel, digits, chosenFormat(), value('headroom'))
  draw()
}

for (const id of ['bits', 'exponent', 'headroom']) slider(id).addEventListener('input', chooseFormat)
for (const id of ['layer', 'sparsity']) slider(id).addEventListener('input', draw)
byId('best').addEventListener('click', () => {
  const gradient = gradients.get(value('layer'))
  if (!gradient) return
  const { sigmaLog2 } = kernel.stats(gradient)
  const { format } = bestFormat(sigmaLog2, value('bits'), { headroom: value('headroom') })
  slider('exponent').value = String(format.expBits)
  chooseFormat()
})
byId('pause').addEventListener('click', () => {
  paused = !paused
  byId('pause').textContent = paused ? 'go on' : 'pause'
  draw()
})
byId('restart').addEventListener('click', () => {
  pupils = enroll(kernel, digits, keep)
  chooseFormat()
})

/** The network that is behind all others, so that all advance together. */
function nextPupil() {
  let behind
  for (const pupil of [...pupils, yours]) {
    if (!pupil.done && (!behind || pupil.taken < behind.taken)) behind = pupil
  }
  return behind
}

function learn() {
  const began = performance.now()
  for (let i = 0; i < SLICE_STEPS && !paused && performance.now() - began < SLICE_MS; i++) nextPupil()?.step()
  if (performance.now() - drawn > REDRAW_MS) draw()
  setTimeout(learn)
}

chooseFormat()
learn()
