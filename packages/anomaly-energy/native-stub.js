/** Stands in for native.cjs where there are no Node-API addons. */
export default function loadAddon() {
  const error = new Error('this runtime has no Node-API addons; the WebAssembly backend runs here')
  error.code = 'ERR_UKERNELS_NO_ADDONS'
  throw error
}
