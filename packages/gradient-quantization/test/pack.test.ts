import { describePackage } from '../../../scripts/lib/pack-tests.mjs'

const kB = 1000
// Three instruction sets of every microkernel: the README says why that takes more than the usual 150 kB.
const addon = process.platform === 'linux' ? 400 * kB : 600 * kB
describePackage('gradient-quantization', { tarball: 2500 * kB, addon, wasm: 60 * kB })
