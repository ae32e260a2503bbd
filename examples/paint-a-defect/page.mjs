/** The page: fits, lets the visitor paint, shows what the maps make of it. */
import { heatPixels } from '../showcase/lib/heat.mjs'
import brick from '../textures/brick.png'
import { demonstrate, stroke } from './brushes.mjs'
import { columns, Inspector } from './inspector.mjs'

/** @typedef {import('./brushes.mjs').Picture} Picture */

const byId = (/** @type {string} */ id) => document.getElementById(id)
const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id))

/** @param {string} id @param {{ data: Uint8ClampedArray, width: number, height: number }} pixels */
function paint(id, { data, width, height }) {
  const canvas = /** @type {HTMLCanvasElement} */ (byId(id))
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0)
}

/** @returns {Promise<Picture>} */
async function loadWall() {
  const image = new Image()
  image.src = brick
  await image.decode()
  const { width, height } = image
  const context = new OffscreenCanvas(width, height).getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  return { width, height, data: Float32Array.from({ length: width * height }, (_, i) => data[4 * i] / 255) }
}

/** Gray, and red where `found` says. @param {Picture} picture @param {(i: number) => boolean} found */
function grayPixels({ data, width, height }, found) {
  const pixels = new Uint8ClampedArray(4 * data.length)
  data.forEach((value, i) => {
    const gray = 255 * value
    if (found(i)) pixels.set([150 + 0.35 * gray, 40 + 0.35 * gray, 26 + 0.35 * gray], 4 * i)
    else pixels.fill(gray, 4 * i, 4 * i + 3)
    pixels[4 * i + 3] = 255
  })
  return { data: pixels, width, height }
}

const wall = await loadWall()
const half = wall.width / 2
const good = columns(wall, 0, half)
const clean = columns(wall, half, wall.width)
const painted = { ...clean, data: clean.data.slice() }
demonstrate(painted, clean)
for (const [id, picture] of /** @type {const} */ ([
  ['good', good],
  ['painted', painted],
]))
  paint(
    id,
    grayPixels(picture, () => false),
  )

const bar = /** @type {HTMLProgressElement} */ (byId('fitting'))
const began = performance.now()
const inspector = await Inspector.fit(good, (share) => {
  bar.value = share
})
bar.value = 1
const { kappa } = inspector.model
byId('fitted').textContent = `31,625 patches of 7 × 7 in ${(performance.now() - began).toFixed(0)} ms`
showFilter()

function showFilter() {
  const top = Math.log2(kappa.reduce((a, b) => Math.max(a, Math.abs(b)), 0))
  paint('filter', heatPixels(kappa, Math.sqrt(kappa.length), [top - 9, top]))
}

/** The sliders, in the units of the model. */
function settings() {
  const sigma = Number(input('blur').value) / 2
  const rate = 10 ** (Number(input('rate').value) / 10)
  const weight = Number(input('weight').value) / 100
  for (const [id, said] of /** @type {const} */ ([
    ['blur', `${sigma} px`],
    ['rate', `${(100 * rate).toPrecision(2)} %`],
    ['weight', weight === 1 ? 'no' : `${Math.round(100 * weight)} : ${Math.round(100 - 100 * weight)}`],
  ]))
    input(id).nextElementSibling.textContent = said
  return { sigma, rate, weight }
}

/** Logarithmic colors. @param {string} id @param {Float32Array} map @param {[number, number]} range */
function showMap(id, map, [lo, hi]) {
  const { width, height } = painted
  const logs = map.map((value) => Math.log(Math.max(value, lo / 10)))
  const range = { lo: Math.log(lo), hi: Math.log(hi) }
  paint(id, { data: inspector.kernel.toRgba({ data: logs, shape: [1, 1, height, width] }, range), width, height })
}

/** From the mean energy of a pixel's patches, d / 2, to forty times as much. */
const ENERGIES = /** @type {[number, number]} */ ([24.5, 980])

let waiting = false
function draw() {
  waiting = false
  const { sigma, rate, weight } = settings()
  const { gradient, energy, p, gradientMs, energyMs, scale } = inspector.inspect(painted, { sigma, weight })
  const found = p.reduce((count, value) => count + (value <= rate ? 1 : 0), 0)
  paint(
    'painted',
    grayPixels(painted, (i) => p[i] <= rate),
  )
  showMap('gradient', gradient, scale)
  showMap('energy', energy, ENERGIES)
  byId('found').textContent = `${((100 * found) / p.length).toFixed(2)} % of the pixels`
  byId('gradient-time').textContent = `${gradientMs.toFixed(1)} ms`
  byId('energy-time').textContent = `${energyMs.toFixed(1)} ms`
  const { isa } = inspector.kernel.info()
  byId('status').textContent =
    `learned from the left half; paint on the right one. WebAssembly (${isa}), nothing leaves this page.`
  document.body.dataset.state = 'ready'
  document.body.dataset.found = String(found)
}

/** At most once a frame. */
function redraw() {
  if (waiting) return
  waiting = true
  requestAnimationFrame(draw)
}

for (const id of ['blur', 'rate', 'weight']) input(id).addEventListener('input', redraw)

/** @type {[number, number] | undefined} */
let last
const canvas = /** @type {HTMLCanvasElement} */ (byId('painted'))
/** @param {PointerEvent} event */
function place(event) {
  const box = canvas.getBoundingClientRect()
  const x = ((event.clientX - box.left) / box.width) * painted.width
  return /** @type {[number, number]} */ ([x, ((event.clientY - box.top) / box.height) * painted.height])
}
/** @param {PointerEvent} event */
function paintTo(event) {
  const to = place(event)
  const brush = /** @type {HTMLInputElement} */ (document.querySelector('input[name=brush]:checked')).value
  stroke(/** @type {import('./brushes.mjs').Brush} */ (brush), painted, clean, last ?? to, to)
  last = to
  redraw()
}
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId)
  paintTo(event)
})
canvas.addEventListener('pointermove', (event) => {
  if (last) paintTo(event)
})
for (const type of ['pointerup', 'pointercancel'])
  canvas.addEventListener(type, () => {
    last = undefined
  })
byId('clear').addEventListener('click', () => {
  painted.data.set(clean.data)
  redraw()
})
byId('demo').addEventListener('click', () => {
  demonstrate(painted, clean)
  redraw()
})

draw()
