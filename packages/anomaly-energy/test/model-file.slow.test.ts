import { expect, it } from 'vitest'
import { kinds } from './backends.js'
import { mutate, sampleFiles } from './model-fuzz.js'

it('ten million mutated model files give a model or a FormatError', async () => {
  const k = await kinds[0].open()
  const files = await sampleFiles(k)
  for (let round = 0; round < 1000; round++) expect(mutate(k, files, 10_000, round).refused).toBeGreaterThan(0)
  k.dispose()
})
