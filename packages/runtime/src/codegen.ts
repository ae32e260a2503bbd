/** What the generator of native registrations reads of the table. Not part of the public entry point. */
export { prepareRow } from './abi.js'
export { emitLength, parseLength } from './lengths.js'
