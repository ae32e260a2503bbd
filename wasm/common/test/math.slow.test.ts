// All 2^32 inputs of every f32 function.
import { expect, it } from 'vitest'
import { bounds, names, worstError } from './math.js'

it.each(names)('%s keeps to its bound on every input', (name) => {
  const which = names.indexOf(name)
  const { ulps, at } = worstError(which, 0, 1)
  console.log(`${name}: ${ulps.toFixed(3)} ulp at 0x${at.toString(16)}`)
  expect(ulps).toBeLessThan(bounds[which])
})
