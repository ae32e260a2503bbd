/** What is done: something short for `npm start`, more for `npm start -- --full`. */

/**
 * @typedef {object} Plan
 * @property {number} seed of the crops and their defects
 * @property {number} calibration good crops of the left half, for p-values
 * @property {number} good good crops of the right half
 * @property {number} perKind defective crops of the right half, of each kind
 * @property {number[]} classes of Fashion-MNIST that are the normal one, in turn
 * @property {number} iterations of training the convolutional energy; 0 for none
 */

/** @type {Plan} */
export const shortPlan = { seed: 0, calibration: 999, good: 60, perKind: 20, classes: [0, 1], iterations: 0 }

/** @type {Plan} */
export const fullPlan = { ...shortPlan, classes: [0, 1, 2, 4, 6, 7, 9], iterations: 300 }
