import { describeParity, tableBackends } from '@ukernels/test-kit'
import loadAddon from '#native'
import wasm from '#wasm'
import { abi, samples } from '../dist/abi.js'

describeParity(abi, samples, tableBackends(abi, loadAddon, wasm, [1, 2, 4]))
