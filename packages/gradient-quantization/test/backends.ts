import { load } from '@ukernels/gradient-quantization'
import { kernelsOf } from '@ukernels/test-kit'
import loadAddon from '#native'

export const { all: backends, kinds } = kernelsOf(loadAddon, load)
