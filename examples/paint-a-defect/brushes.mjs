/** What a visitor can do to a wall: every brush changes some pixels of a gray picture around a place. */

/** @typedef {{ data: Float32Array, width: number, height: number }} Picture gray values from 0 to 1 */
/** @typedef {'scratch' | 'stain' | 'blur' | 'swap'} Brush */

/** @type {Record<Brush, number>} radius in pixels */
export const radii = { scratch: 1.6, stain: 10, blur: 13, swap: 12 }

/** Pixels within a radius. @param {Picture} picture @param {number} cx @param {number} cy @param {number} radius */
function* disk({ width, height }, cx, cy, radius) {
  for (let y = Math.max(0, Math.ceil(cy - radius)); y <= Math.min(height - 1, cy + radius); y++) {
    for (let x = Math.max(0, Math.ceil(cx - radius)); x <= Math.min(width - 1, cx + radius); x++) {
      if ((x - cx) ** 2 + (y - cy) ** 2 < radius ** 2) yield y * width + x
    }
  }
}

/** Half of the side of the square that `blur` averages. */
const REACH = 4

/** Mean around a pixel, of what is inside the picture. @param {Picture} picture @param {number} i */
function average({ data, width, height }, i) {
  const [x, y] = [i % width, Math.floor(i / width)]
  let [sum, count] = [0, 0]
  for (let v = Math.max(0, y - REACH); v <= Math.min(height - 1, y + REACH); v++) {
    for (let u = Math.max(0, x - REACH); u <= Math.min(width - 1, x + REACH); u++) {
      sum += data[v * width + u]
      count++
    }
  }
  return sum / count
}

/**
 * What a brush makes of a pixel.
 *
 * @type {Record<Brush, (clean: Picture, i: number) => number>}
 */
const effects = {
  scratch: ({ data }, i) => Math.min(1, data[i] + 0.35),
  stain: ({ data }, i) => 0.6 * data[i],
  blur: average,
  // The same wall half a picture further: a brick where there is a joint.
  swap: ({ data }, i) => data[(i + Math.floor(data.length / 2) + 37) % data.length],
}

/**
 * One touch of a brush. Effects are those on the clean wall, so that touching twice changes nothing.
 *
 * @param {Brush} brush
 * @param {Picture} painted changed
 * @param {Picture} clean of the same size
 * @param {number} x
 * @param {number} y
 */
export function touch(brush, painted, clean, x, y) {
  for (const i of disk(painted, x, y, radii[brush])) painted.data[i] = effects[brush](clean, i)
}

/**
 * A stroke from one place to another; `swap` and `blur` are dabbed once, at its end.
 *
 * @param {Brush} brush @param {Picture} painted @param {Picture} clean
 * @param {[number, number]} from @param {[number, number]} to
 */
export function stroke(brush, painted, clean, [x0, y0], [x1, y1]) {
  const steps = brush === 'scratch' || brush === 'stain' ? Math.ceil(Math.hypot(x1 - x0, y1 - y0)) : 0
  for (let k = 0; k < steps; k++)
    touch(brush, painted, clean, x0 + ((x1 - x0) * k) / steps, y0 + ((y1 - y0) * k) / steps)
  touch(brush, painted, clean, x1, y1)
}

/** Something to look at before the first stroke. @param {Picture} painted @param {Picture} clean */
export function demonstrate(painted, clean) {
  stroke('scratch', painted, clean, [40, 60], [95, 120])
  touch('stain', painted, clean, 180, 110)
  touch('swap', painted, clean, 70, 250)
  touch('blur', painted, clean, 190, 300)
  stroke('scratch', painted, clean, [160, 420], [225, 395])
}
