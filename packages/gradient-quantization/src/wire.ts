/** Packed tensors as bytes, for files and sockets. */
export { fromBytes } from './wire-read.js'
export { toBytes } from './wire-write.js'
