import { describeParity, tableBackends } from '@ukernels/test-kit'
import { abi, samples } from '../dist/abi.js'

describeParity(abi, samples, tableBackends(abi, new URL('../', import.meta.url), [1, 2, 4]))
