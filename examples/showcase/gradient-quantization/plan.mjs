/** What is trained: something short for `npm start`, the whole table for `npm start -- --full` and the slow test. */
import { variants } from './variants.mjs'

/**
 * @typedef {object} Plan
 * @property {import('./training.mjs').Setup} setup
 * @property {number[]} seeds
 * @property {string[]} variants ids
 */

/** @type {Plan} */
export const shortPlan = {
  setup: { sizes: [784, 128, 128, 64, 10], epochs: 3, batch: 128, train: 8000, test: 2000 },
  seeds: [1],
  variants: ['fp32', 'fp8-headroom-3', 'fp8-headroom-0', 'fp6-headroom-3', 'fp4-rne', 'luq', 'prune-90'],
}

/** @type {Plan} */
export const fullPlan = {
  setup: { sizes: [784, 256, 256, 128, 10], epochs: 5, batch: 128, train: 8000, test: 2000 },
  seeds: [1, 2, 3],
  variants: variants.map(({ id }) => id),
}
