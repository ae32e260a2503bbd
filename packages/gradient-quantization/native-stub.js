/** Stands in for native.cjs where there are no Node-API addons. */
export default function loadAddon() {
  const error = new Error('no Node-API addons in this runtime, or in a bundle made for browsers')
  error.code = 'ERR_UKERNELS_NO_ADDONS'
  throw error
}
