export { sha256 } from './digest.js'
export { gradients, philox4x32, philoxWords, quickSet, type WordsOptions } from './generator.js'
export { describeParity, type NamedBackend } from './parity.js'
export { argumentsOf, call, createSampleSource, openHandle, start } from './samples.js'
