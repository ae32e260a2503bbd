/** Every golden of spec/anomaly-energy on every backend. */
import type { AnomalyEnergyKernel } from '@ukernels/anomaly-energy'
import { sha256 } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import adam from '../../../spec/anomaly-energy/adam.json' with { type: 'json' }
import calibrate from '../../../spec/anomaly-energy/calibrate.json' with { type: 'json' }
import conv from '../../../spec/anomaly-energy/conv.json' with { type: 'json' }
import gaussian from '../../../spec/anomaly-energy/gaussian.json' with { type: 'json' }
import langevin from '../../../spec/anomaly-energy/langevin.json' with { type: 'json' }
import location from '../../../spec/anomaly-energy/location.json' with { type: 'json' }
import lse from '../../../spec/anomaly-energy/lse.json' with { type: 'json' }
import maps from '../../../spec/anomaly-energy/maps.json' with { type: 'json' }
import metrics from '../../../spec/anomaly-energy/metrics.json' with { type: 'json' }
import neighbors from '../../../spec/anomaly-energy/neighbors.json' with { type: 'json' }
import patch from '../../../spec/anomaly-energy/patch.json' with { type: 'json' }
import subspace from '../../../spec/anomaly-energy/subspace.json' with { type: 'json' }
import { backends } from './backends.js'
import { goldens } from './goldens.js'

const spec = { adam, calibrate, conv, gaussian, langevin, location, lse, maps, metrics, neighbors, patch, subspace }

it('has goldens', () => expect(Object.keys(goldens).length).toBe(13))

describe.each(backends)('goldens: $label', ({ open }) => {
  let k: AnomalyEnergyKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each(Object.entries(goldens))('%s', async (_, differences) => {
    expect(await differences(k, { spec, sha256 })).toEqual([])
  })
})
