import { load } from '@ukernels/gradient-quantization'
import { kernelsOf } from '@ukernels/test-kit'

export const { all: backends, kinds } = kernelsOf(new URL('../', import.meta.url), load)
