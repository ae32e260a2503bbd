// A vitest reporter that writes the totals, and every skipped test with its reason, to the file that
// UKERNELS_TOTALS names.
import { writeFileSync } from 'node:fs'

export default class Totals {
  onTestRunEnd(modules, unhandledErrors) {
    const totals = { passed: 0, failed: unhandledErrors.length, skipped: [] }
    for (const module of modules) {
      if (module.errors().length > 0) totals.failed++
      for (const suite of module.children.allSuites()) totals.failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        if (state === 'passed') totals.passed++
        else if (state === 'failed') totals.failed++
        else
          totals.skipped.push({ name: `${module.relativeModuleId ?? module.moduleId}: ${test.fullName}`, reason: note })
      }
    }
    writeFileSync(process.env.UKERNELS_TOTALS, JSON.stringify(totals))
  }
}
