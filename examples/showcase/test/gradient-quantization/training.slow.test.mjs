import { expect, it } from 'vitest'
import { acceptanceBars } from '../../gradient-quantization/bars.mjs'
import { runPlan } from '../../gradient-quantization/index.mjs'
import { fullPlan } from '../../gradient-quantization/plan.mjs'
import { tableText } from '../../lib/table.mjs'

it('the full table reaches its acceptance bars', async () => {
  const { ok, table, notes } = await runPlan(fullPlan, acceptanceBars)
  console.log([tableText(table), ...notes].join('\n'))
  expect(notes.filter((note) => note.startsWith('MISSED'))).toEqual([])
  expect(ok).toBe(true)
})
