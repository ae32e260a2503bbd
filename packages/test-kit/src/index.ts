export { describeParity, type NamedBackend } from './parity.js'
export { argumentsOf, call, createSampleSource, openHandle, start } from './samples.js'
