/** What the generator of native registrations reads of the table. Not part of the public entry point. */
export { emitLength, parseLength } from './lengths.js'
export { prepareRow } from './prepared-row.js'
