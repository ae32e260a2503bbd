/** Stand-in until the runtime's error classes are there. */
const coded = (error: Error, code: string) => Object.assign(error, { code: `ERR_UKERNELS_${code}` })
export const typeError = (message: string) => coded(new TypeError(message), 'TYPE')
export const rangeError = (message: string) => coded(new RangeError(message), 'RANGE')
