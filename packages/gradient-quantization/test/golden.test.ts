/** Every golden of spec/gradient-quantization on every backend. */
import type { GradientQuantizationKernel } from '@ukernels/gradient-quantization'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import blocks from '../../../spec/gradient-quantization/blocks.json' with { type: 'json' }
import decode from '../../../spec/gradient-quantization/decode.json' with { type: 'json' }
import encode from '../../../spec/gradient-quantization/encode.json' with { type: 'json' }
import feedback from '../../../spec/gradient-quantization/feedback.json' with { type: 'json' }
import histogram from '../../../spec/gradient-quantization/histogram.json' with { type: 'json' }
import luq from '../../../spec/gradient-quantization/luq.json' with { type: 'json' }
import prune from '../../../spec/gradient-quantization/prune.json' with { type: 'json' }
import random from '../../../spec/gradient-quantization/random.json' with { type: 'json' }
import stats from '../../../spec/gradient-quantization/stats.json' with { type: 'json' }
import { backends } from './backends.js'
import { goldens } from './goldens.js'
import { sha256 } from './support.js'

const spec = { blocks, decode, encode, feedback, histogram, luq, prune, random, stats }

it('has goldens', () => expect(spec.encode.cases.length).toBeGreaterThan(190))

describe.each(backends)('goldens: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each(Object.entries(goldens))('%s', (_, differences) => {
    expect(differences(k, { spec, sha256 })).toEqual([])
  })
})
