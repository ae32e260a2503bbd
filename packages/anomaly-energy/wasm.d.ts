/** The kernel's WebAssembly: its bytes, or, on workerd, the module compiled ahead of time. */
declare const wasm: Uint8Array<ArrayBuffer> | WebAssembly.Module
export default wasm
