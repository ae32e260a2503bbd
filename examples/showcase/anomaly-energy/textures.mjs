/** The input: photographs of a brick wall and of gravel, CC0 (see ../../textures). */
import { readFileSync } from 'node:fs'
import { readGrayPng } from '../lib/png.mjs'

/** @typedef {import('@ukernels/anomaly-energy/synthetic').Texture} Texture */

/** @param {'brick' | 'gravel'} name @returns {Texture} gray values from 0 to 1 */
export function loadTexture(name) {
  const file = readFileSync(new URL(`../../textures/${name}.png`, import.meta.url))
  const { width, height, data } = readGrayPng(file)
  return { width, height, data: Float32Array.from(data, (value) => value / 255) }
}

/** @param {Texture} texture @returns {import('@ukernels/anomaly-energy').Batch} its left half as one image */
export function leftHalf({ data, width, height }) {
  const half = width / 2
  const left = new Float32Array(half * height)
  for (let y = 0; y < height; y++) left.set(data.subarray(y * width, y * width + half), y * half)
  return { data: left, shape: [1, 1, height, half] }
}
